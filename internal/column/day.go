package column

import "time"

// day counts days since 1970-01-01 in somebody's calendar.
type day int

// parseDay reads YYYY-MM-DD. It allocates nothing; filters call it per value.
func parseDay(s string) (day, bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return 0, false
	}
	y, ok1 := digits(s[:4])
	m, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:])
	if !ok1 || !ok2 || !ok3 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0, false
	}
	return civil(y, m, d), true
}

// parseClock reads HH:MM or HH:MM:SS as seconds of the day.
func parseClock(s string) (seconds int, ok bool) {
	if len(s) == 5 {
		s += ":00"
	}
	if len(s) != 8 || s[2] != ':' || s[5] != ':' {
		return 0, false
	}
	h, ok1 := digits(s[:2])
	m, ok2 := digits(s[3:5])
	sec, ok3 := digits(s[6:])
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || sec > 59 {
		return 0, false
	}
	return h*3600 + m*60 + sec, true
}

func digits(s string) (n int, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func daysIn(y, m int) int {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// civil is the day number of a date of the proleptic Gregorian calendar.
func civil(y, m, d int) day {
	if m <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	mp := (m + 9) % 12
	doy := (153*mp+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return day(era*146097 + doe - 719468)
}

// dayOf is the day of t where t is.
func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return civil(y, int(m), d)
}

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d day) String() string { return d.time().Format("2006-01-02") }

func (d day) weekday() time.Weekday { return d.time().Weekday() }

// week is the day the week of d began, when weeks begin on first.
func (d day) week(first time.Weekday) day {
	return d - day((int(d.weekday())-int(first)+7)%7)
}

// month is the first day of the month that is n months from that of d.
func (d day) month(n int) day {
	t := d.time()
	return dayOf(time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
}
