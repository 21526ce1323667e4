package catalog

import (
	"regexp"

	"github.com/portolan-dev/portolan/sources/yamldoc"
)

// AppendJSON appends the entity as JSON, with the author's order of keys, and
// returns the extended buffer. With relations it also has the field relations,
// in the shape of Backstage's REST API:
//
//	"relations":[{"type":"ownedBy","targetRef":"group:default/team-a"}]
func (e *Entity) AppendJSON(dst []byte, withRelations bool) []byte {
	return e.appendJSON(dst, withRelations, false)
}

// AppendCatalogJSON appends the entity as Backstage's catalog returns it: with
// its relations and with the annotations that the catalog adds about the place
// where the entity was read. There is no metadata.uid and no metadata.etag,
// which change with every installation, unless the author wrote them.
func (e *Entity) AppendCatalogJSON(dst []byte) []byte {
	return e.appendJSON(dst, true, true)
}

func (e *Entity) appendJSON(dst []byte, relations, added bool) []byte {
	dst = append(dst, '{')
	for i := range e.Object.Fields {
		f := &e.Object.Fields[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = yamldoc.AppendString(dst, f.Key)
		dst = append(dst, ':')
		if f.Key == "metadata" && added {
			dst = e.appendMetadata(dst, f.Value)
		} else {
			dst = f.Value.AppendJSON(dst)
		}
	}
	if relations {
		dst = append(dst, `,"relations":[`...)
		for i, r := range e.Relations {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, `{"type":`...)
			dst = yamldoc.AppendString(dst, r.Type)
			dst = append(dst, `,"targetRef":`...)
			dst = yamldoc.AppendString(dst, r.Target.String())
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func (e *Entity) appendMetadata(dst []byte, meta *yamldoc.Node) []byte {
	dst = append(dst, '{')
	have := false
	for i := range meta.Fields {
		f := &meta.Fields[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = yamldoc.AppendString(dst, f.Key)
		dst = append(dst, ':')
		if f.Key == "annotations" && f.Value.Kind == yamldoc.Map {
			have = true
			dst = e.appendAnnotations(dst, f.Value)
		} else {
			dst = f.Value.AppendJSON(dst)
		}
	}
	if !have {
		dst = append(dst, `,"annotations":`...)
		dst = e.appendAnnotations(dst, nil)
	}
	return append(dst, '}')
}

func (e *Entity) appendAnnotations(dst []byte, own *yamldoc.Node) []byte {
	dst = append(dst, '{')
	first := true
	add := func(key, value string) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = yamldoc.AppendString(dst, key)
		dst = append(dst, ':')
		dst = yamldoc.AppendString(dst, value)
	}
	for _, a := range e.CatalogAnnotations() {
		if own == nil || own.Field(a[0]) == nil {
			add(a[0], a[1])
		}
	}
	if own != nil {
		for i := range own.Fields {
			add(own.Fields[i].Key, own.Fields[i].Value.Str())
		}
	}
	return append(dst, '}')
}

var commitHash = regexp.MustCompile(`\b[0-9a-f]{40,}\b`)

// CatalogAnnotations returns the annotations that the catalog adds to the
// entity, as pairs of key and value: where it was read, and, for a file on a
// code host, where it can be seen and edited. What the author wrote wins over
// them.
func (e *Entity) CatalogAnnotations() [][2]string {
	o := &e.Origin
	out := [][2]string{{AnnotationLocation, o.Location}, {AnnotationOriginLocation, o.Root}}
	if o.URL == "" {
		return out
	}
	out = append(out, [2]string{AnnotationViewURL, o.URL})
	if !commitHash.MatchString(o.URL) {
		out = append(out, [2]string{AnnotationEditURL, EditURL(o.URL, o.hosts)})
	}
	if s := SourceURL(o.URL, o.hosts); s != "" {
		out = append(out, [2]string{AnnotationSourceLocation, "url:" + s})
	}
	return out
}
