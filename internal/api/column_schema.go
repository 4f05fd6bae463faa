package api

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/graphql"
)

// object is a JSON schema, or a part of one.
type object = map[string]any

// columnTypeSchema answers with the JSON schema of what a type's columns can be set to, an object and
// no text: that is how the real service answers here.
func columnTypeSchema(_ *graphql.Context, args graphql.Args) (any, error) {
	settings := object{"type": "object", "description": "What the column is set to"}
	if describe := settingsSchemas[column.Type(args.String("type"))]; describe != nil {
		maps.Copy(settings, describe())
	}
	return json.Marshal(object{"schema": object{
		"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": object{"settings": settings},
	}})
}

// settingsSchemas are the settings that mean something to this server. Others are kept as they come.
var settingsSchemas = map[column.Type]func() object{
	column.Status: func() object {
		var colors []string
		for _, c := range column.Palette {
			colors = append(colors, c.Name)
		}
		slices.Sort(colors)
		label := label(object{
			"color": object{"type": "string", "enum": colors}, "index": object{"type": "integer", "minimum": 0, "maximum": column.MaxLabels - 1},
			"description": object{"type": "string"}, "is_done": object{"type": "boolean"},
		}, "label", "color", "index")
		return properties(object{"labels": object{"type": "array", "maxItems": column.MaxLabels, "items": label}}, "labels")
	},
	column.Dropdown: func() object {
		return properties(object{
			"labels":            object{"type": "array", "items": label(nil, "label")},
			"limit_select":      object{"type": "boolean", "description": "Whether the number of labels in a cell is limited"},
			"label_limit_count": object{"type": "integer", "minimum": 1},
		}, "labels")
	},
	column.Numbers: func() object {
		return properties(object{"unit": properties(object{
			"symbol":      object{"type": "string", "description": "What is shown beside the number; custom for custom_unit"},
			"custom_unit": object{"type": "string"},
			"direction":   object{"type": "string", "enum": []string{"left", "right"}},
			"precision":   object{"type": "integer", "minimum": -1, "maximum": 5},
		})})
	},
	column.Rating: func() object {
		return properties(object{"limit": object{"type": "integer", "minimum": 1, "maximum": 100}})
	},
	column.People:        func() object { return properties(object{"max_people_allowed": object{"type": "string"}}) },
	column.BoardRelation: linkSchema,
	column.Dependency:    linkSchema,
	column.Mirror: func() object {
		return properties(object{
			"relation_column": object{"type": "object", "additionalProperties": object{"type": "boolean"}},
			"displayed_linked_columns": object{"type": "array", "items": properties(object{
				"board_id": object{"type": "string"}, "column_ids": object{"type": "array", "items": object{"type": "string"}},
			})},
			"function": object{"type": "string"},
		})
	},
	column.Formula: func() object { return properties(object{"formula": object{"type": "string"}}) },
	column.Button: func() object {
		return properties(object{"label": object{"type": "string"}, "color": object{"type": "string"}})
	},
}

func linkSchema() object {
	return properties(object{
		"boardIds":           object{"type": "array", "items": object{"type": "integer"}},
		"allowMultipleItems": object{"type": "boolean"},
	})
}

func properties(of object, required ...string) object {
	o := object{"type": "object", "properties": of}
	if required != nil {
		o["required"] = required
	}
	return o
}

// label is a label with what both kinds have, and more.
func label(more object, required ...string) object {
	of := object{
		"id": object{"type": "integer"}, "label": object{"type": "string", "maxLength": column.MaxLabelText}, "is_deactivated": object{"type": "boolean"},
	}
	maps.Copy(of, more)
	return properties(of, required...)
}
