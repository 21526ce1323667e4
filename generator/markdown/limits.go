package markdown

// A shape counts what makes a page slow to parse.
type shape struct{ runs int }
