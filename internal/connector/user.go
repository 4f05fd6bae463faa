package connector

type userData struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Email      string   `json:"email"`
	Title      string   `json:"title"`
	Phone      string   `json:"phone"`
	Mobile     string   `json:"mobile_phone"`
	Location   string   `json:"location"`
	Country    string   `json:"country_code"`
	Zone       string   `json:"time_zone_identifier"`
	UTCHours   *float64 `json:"utc_hours_diff"`
	Language   string   `json:"current_language"`
	Birthday   string   `json:"birthday"`
	SignUp     string   `json:"sign_up_product_kind"`
	JoinDate   string   `json:"join_date"`
	URL        string   `json:"url"`
	CreatedAt  string   `json:"created_at"`
	LastSeen   string   `json:"last_activity"`
	Away       jsonText `json:"out_of_office"`
	Enabled    *bool    `json:"enabled"` // down to here: until 2026-07
	Admin      bool     `json:"is_admin"`
	Guest      bool     `json:"is_guest"`
	ViewOnly   bool     `json:"is_view_only"`
	Pending    bool     `json:"is_pending"`
	Verified   *bool    `json:"is_verified"`
	Photo      string   `json:"photo_original"`
	Kind       string   `json:"kind"` // from here: from 2026-07 on
	Status     string   `json:"status"`
	Confirmed  *bool    `json:"is_email_confirmed"`
	PhotoSizes *struct {
		Original string `json:"original"`
	} `json:"photo_url"`
}

// statuses are those of the later versions, as the table has them.
var statuses = map[string]string{"ACTIVE": "active", "INACTIVE": "inactive", "PENDING": "pending"}

// modern fills in what later versions tell and earlier ones tell otherwise.
func (u *userData) modern() {
	if u.Kind == "" {
		switch {
		case u.Admin:
			u.Kind = "admin"
		case u.Guest:
			u.Kind = "guest"
		case u.ViewOnly:
			u.Kind = "view_only"
		default:
			u.Kind = "member"
		}
	}
	switch s, known := statuses[u.Status]; {
	case known:
		u.Status = s
	case u.Status != "":
	case u.Enabled != nil && !*u.Enabled:
		u.Status = "inactive"
	case u.Pending:
		u.Status = "pending"
	default:
		u.Status = "active"
	}
	if u.Verified == nil {
		u.Verified = u.Confirmed
	}
	if u.PhotoSizes != nil {
		u.Photo = u.PhotoSizes.Original
	}
}

func (u *userData) row() Row {
	u.modern()
	return Row{txt(u.ID), txt(u.Name), txt(u.Email), txt(u.Kind), txt(u.Status), flag(u.Verified), txt(u.Title), txt(u.Phone),
		txt(u.Mobile), txt(u.Location), txt(u.Country), txt(u.Zone), float(u.UTCHours), txt(u.Language), day(u.Birthday), day(u.JoinDate),
		raw(u.Away), txt(u.SignUp), txt(u.Photo), txt(u.URL), when(u.CreatedAt), when(u.LastSeen)}
}
