package column

import "strings"

// Color is one of the forty colours a status label can have. Its ID is also
// the id a label of that colour is given when it is made by colour.
type Color struct {
	ID     int
	Name   string // as StatusColumnColors spells it
	Hex    string
	Border string
	Var    string // as settings_str spells it
}

// Grey is the colour of the empty label.
const Grey = 5

// Palette are the colours in the order of their ids. The published table of
// hex codes and what settings_str shows differ in places; this follows
// settings_str, which clients draw with.
var Palette = [...]Color{
	{0, "working_orange", "#fdab3d", "#e99729", "orange"},
	{1, "done_green", "#00c875", "#00b461", "green-shadow"},
	{2, "stuck_red", "#df2f4a", "#ce3048", "red-shadow"},
	{3, "dark_blue", "#007eb5", "#3db0df", "blue-links"},
	{4, "purple", "#9d50dd", "#9238af", "purple"},
	{5, "explosive", "#c4c4c4", "#b0b0b0", "grey"},
	{6, "grass_green", "#037f4c", "#006b38", "grass-green"},
	{7, "bright_blue", "#579bfc", "#4387e8", "bright-blue"},
	{8, "saladish", "#cab641", "#c0ab31", "mustered"},
	{9, "egg_yolk", "#ffcb00", "#c29e11", "yellow"},
	{10, "blackish", "#333333", "#000000", "soft-black"},
	{11, "dark_red", "#bb3354", "#a42d4a", "dark-red"},
	{12, "sofia_pink", "#ff007f", "#e01279", "dark-pink"},
	{13, "lipstick", "#ff5ac4", "#e04fac", "light-pink"},
	{14, "dark_purple", "#784bd1", "#8f4dc4", "dark-purple"},
	{15, "bright_green", "#9cd326", "#89b921", "lime-green"},
	{16, "chili_blue", "#66ccff", "#46aeff", "turquoise"},
	{17, "american_gray", "#757575", "#5b5b5b", "trolley-grey"},
	{18, "brown", "#7f5347", "#4d332d", "brown"},
	{19, "dark_orange", "#ff6d3b", "#dd5a2f", "dark-orange"},
	{101, "sunset", "#ff7575", "#ff7575", "sunset"},
	{102, "bubble", "#faa1f1", "#faa1f1", "bubble"},
	{103, "peach", "#ffadad", "#ffadad", "peach"},
	{104, "berry", "#7e3b8a", "#7e3b8a", "berry"},
	{105, "winter", "#9aadbd", "#9aadbd", "winter"},
	{106, "river", "#68a1bd", "#68a1bd", "river"},
	{107, "navy", "#225091", "#225091", "navy"},
	{108, "aquamarine", "#4eccc6", "#4eccc6", "australia"},
	{109, "indigo", "#5559df", "#5559df", "indigo"},
	{110, "dark_indigo", "#401694", "#401694", "dark-indigo"},
	{151, "pecan", "#563e3e", "#563e3e", "pecan"},
	{152, "lavender", "#bda8f9", "#bda8f9", "lavender"},
	{153, "royal", "#2b76e5", "#2b76e5", "royal"},
	{154, "steel", "#a9bee8", "#a9bee8", "steel"},
	{155, "orchid", "#d974b0", "#d974b0", "orchid"},
	{156, "lilac", "#9d99b9", "#9d99b9", "lilac"},
	{157, "tan", "#bca58a", "#bca58a", "tan"},
	{158, "sky", "#a1e3f6", "#a1e3f6", "sky"},
	{159, "coffee", "#cd9282", "#cd9282", "coffee"},
	{160, "teal", "#175a63", "#175a63", "teal"},
}

func colorBy(match func(Color) bool) (Color, bool) {
	for _, c := range Palette {
		if match(c) {
			return c, true
		}
	}
	return Color{}, false
}

// ColorByID finds a colour by its number.
func ColorByID(id int) (Color, bool) { return colorBy(func(c Color) bool { return c.ID == id }) }

// ColorByName finds a colour by either of its names, or by its hex code.
func ColorByName(name string) (Color, bool) {
	name = strings.ToLower(name)
	return colorBy(func(c Color) bool { return c.Name == name || c.Var == name || c.Hex == name })
}
