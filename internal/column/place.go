package column

import "strings"

func parseCountry(w *write, in any) (Value, error) {
	m, ok := object(in, "countryCode", "countryName")
	if !ok {
		return Value{}, w.bad()
	}
	code, ok1 := toText(m["countryCode"])
	name, ok2 := toText(m["countryName"])
	if !ok1 || !ok2 {
		return Value{}, w.bad()
	}
	if code == "" && name == "" {
		return Value{}, nil
	}
	known, ok := CountryName(code)
	if !ok {
		return Value{}, w.bad()
	}
	if name == "" {
		name = known
	}
	return w.Kind.Restore(`{"countryCode":"` + code + `","countryName":` + quote(name) + `}`), nil
}

// CountryOf is the code and the name in a country cell.
func CountryOf(v Value) (code, name string) {
	return str(field(v.JSON, "countryCode")), str(field(v.JSON, "countryName"))
}

// Place is what a location cell holds.
type Place struct {
	Lat, Lng                    float64
	Address, PlaceID            string
	City, CityShort             string
	Country, CountryShort       string
	Street, StreetShort         string
	StreetNumber, StreetNoShort string
}

var placeParts = []string{"city", "country", "street", "streetNumber"}

func parseLocation(w *write, in any) (Value, error) {
	m, ok := object(in, "lat", "lng", "address", "placeId", "city", "country", "street", "streetNumber")
	if !ok {
		return Value{}, w.bad()
	}
	lat, ok1 := toText(m["lat"])
	lng, ok2 := toText(m["lng"])
	address, ok3 := toText(m["address"])
	place, ok4 := toText(m["placeId"])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return Value{}, w.bad()
	}
	if lat == "" && lng == "" && address == "" {
		return Value{}, nil
	}
	js, ok := coordinates(lat, lng, address)
	if !ok {
		return Value{}, w.bad()
	}
	if place != "" {
		js += `,"placeId":` + quote(place)
	}
	for _, key := range placeParts {
		if m[key] == nil {
			continue
		}
		part, ok := object(m[key], "long_name", "short_name")
		if !ok {
			return Value{}, w.bad()
		}
		long, ok1 := toText(part["long_name"])
		short, ok2 := toText(part["short_name"])
		if !ok1 || !ok2 {
			return Value{}, w.bad()
		}
		js += `,"` + key + `":{"long_name":` + quote(long) + `,"short_name":` + quote(short) + `}`
	}
	return w.Kind.Restore(js + "}"), nil
}

// coordinates begins the value. Coordinates stay as they were written, in quotes.
func coordinates(lat, lng, address string) (js string, ok bool) {
	a, ok1 := float(lat)
	b, ok2 := float(lng)
	if !ok1 || !ok2 || !(a >= -90 && a <= 90) || !(b >= -180 && b <= 180) || strings.ContainsAny(lat+lng, "xX_pPnN") {
		return "", false
	}
	return `{"lat":` + quote(lat) + `,"lng":` + quote(lng) + `,"address":` + quote(address), true
}

// simpleLocation reads latitude, longitude and address, spaces between.
func simpleLocation(w *write, s string) (Value, error) {
	parts := strings.SplitN(strings.TrimSpace(s), " ", 3)
	if len(parts) < 2 {
		return Value{}, w.bad()
	}
	address := ""
	if len(parts) == 3 {
		address = strings.TrimSpace(parts[2])
	}
	js, ok := coordinates(parts[0], parts[1], address)
	if !ok {
		return Value{}, w.bad()
	}
	return w.Kind.Restore(js + "}"), nil
}

// PlaceOf is what a location cell holds.
func PlaceOf(v Value) Place {
	p := Place{Address: str(field(v.JSON, "address")), PlaceID: str(field(v.JSON, "placeId"))}
	p.Lat, _ = float(field(v.JSON, "lat"))
	p.Lng, _ = float(field(v.JSON, "lng"))
	part := func(key string) (long, short string) {
		raw := field(v.JSON, key)
		return str(field(raw, "long_name")), str(field(raw, "short_name"))
	}
	p.City, p.CityShort = part("city")
	p.Country, p.CountryShort = part("country")
	p.Street, p.StreetShort = part("street")
	p.StreetNumber, p.StreetNoShort = part("streetNumber")
	return p
}

// areas are the first parts of IANA zone names.
var areas = []string{"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Etc", "Europe", "Indian", "Pacific", "US"}

// parseZone checks that the zone has the form of one; the zones themselves
// are data of the machine, which this package does not read.
func parseZone(w *write, in any) (Value, error) {
	m, ok := object(in, "timezone")
	if !ok {
		return Value{}, w.bad()
	}
	zone, ok := toText(m["timezone"])
	if !ok {
		return Value{}, w.bad()
	}
	if zone == "" {
		return Value{}, nil
	}
	area, city, _ := strings.Cut(zone, "/")
	if zone != "UTC" && zone != "GMT" && (!has(areas, area) || city == "" || len(zone) > 64 || strings.Trim(city, zoneLetters) != "") {
		return Value{}, w.bad()
	}
	return w.Kind.Restore(`{"timezone":"` + zone + `"}`), nil
}

const zoneLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/+-"

// ZoneOf is the IANA name of the zone in a world clock cell.
func ZoneOf(v Value) string { return str(field(v.JSON, "timezone")) }

// zoneShown is what boards call the zone: London for Europe/London.
func zoneShown(zone string) string {
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}
