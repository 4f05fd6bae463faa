package connector

type meData struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
	Admin bool   `json:"is_admin"` // until 2026-04
	Kind  string `json:"kind"`     // from 2026-07 on
}

type accountData struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Slug      string   `json:"slug"`
	Tier      string   `json:"tier"`
	Country   string   `json:"country_code"`
	FirstDay  string   `json:"first_day_of_the_week"`
	Weekends  *bool    `json:"show_timeline_weekends"`
	Members   *float64 `json:"active_members_count"`
	Trial     *bool    `json:"is_during_trial"`
	TrialOver *bool    `json:"is_trial_expired"`
	SignUp    string   `json:"sign_up_product_kind"`
	Logo      string   `json:"logo"`
	CreatedAt string   `json:"created_at"`
	Products  jsonText `json:"products"`
	Plan      *struct {
		Tier     string   `json:"tier"`
		Period   string   `json:"period"`
		MaxUsers *float64 `json:"max_users"`
		Version  *float64 `json:"version"`
	} `json:"plan"`
}

func (a *accountData) row() Row {
	row := Row{txt(a.ID), txt(a.Name), txt(a.Slug), txt(a.Tier), nil, nil, nil, nil, raw(a.Products), txt(a.Country), txt(a.FirstDay),
		flag(a.Weekends), whole(a.Members), flag(a.Trial), flag(a.TrialOver), txt(a.SignUp), txt(a.Logo), when(a.CreatedAt)}
	if p := a.Plan; p != nil {
		row[4], row[5], row[6], row[7] = txt(p.Tier), txt(p.Period), whole(p.MaxUsers), whole(p.Version)
	}
	return row
}
