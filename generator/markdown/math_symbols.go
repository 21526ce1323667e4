package markdown

// The commands of TeX that formulas in documentation use, with the characters
// that stand for them in MathML.

var mathLetters = map[string]string{
	"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
	"vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π", "varpi": "ϖ",
	"rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ",
	"omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ",
	"Psi": "Ψ", "Omega": "Ω", "infty": "∞", "partial": "∂", "nabla": "∇", "hbar": "ℏ", "ell": "ℓ", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ",
	"emptyset": "∅", "varnothing": "∅", "imath": "ı", "jmath": "ȷ", "wp": "℘", "degree": "°", "prime": "′", "top": "⊤", "bot": "⊥",
	"N": "ℕ", "R": "ℝ", "Z": "ℤ", "%": "%", "$": "$", "#": "#", "_": "_", "square": "□", "checkmark": "✓", "dag": "†", "S": "§", "P": "¶",
}

var mathOperators = map[string]string{
	"pm": "±", "mp": "∓", "times": "×", "div": "÷", "cdot": "⋅", "ast": "∗", "star": "⋆", "circ": "∘", "bullet": "∙", "cap": "∩", "cup": "∪",
	"setminus": "∖", "wedge": "∧", "land": "∧", "vee": "∨", "lor": "∨", "neg": "¬", "lnot": "¬", "oplus": "⊕", "ominus": "⊖", "otimes": "⊗",
	"odot": "⊙", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "equiv": "≡", "approx": "≈", "sim": "∼", "simeq": "≃",
	"cong": "≅", "propto": "∝", "ll": "≪", "gg": "≫", "lt": "<", "gt": ">", "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆",
	"supset": "⊃", "supseteq": "⊇", "subsetneq": "⊊", "forall": "∀", "exists": "∃", "nexists": "∄", "to": "→", "rightarrow": "→",
	"longrightarrow": "⟶", "leftarrow": "←", "gets": "←", "longleftarrow": "⟵", "leftrightarrow": "↔", "Rightarrow": "⇒", "implies": "⟹",
	"Longrightarrow": "⟹", "Leftarrow": "⇐", "impliedby": "⟸", "Leftrightarrow": "⇔", "iff": "⟺", "mapsto": "↦", "uparrow": "↑",
	"downarrow": "↓", "hookrightarrow": "↪", "rightharpoonup": "⇀", "ldots": "…", "dots": "…", "dotsc": "…", "dotsb": "⋯", "cdots": "⋯",
	"vdots": "⋮", "ddots": "⋱", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "{": "{", "}": "}",
	"lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "|": "‖", "Vert": "‖", "vert": "|", "lvert": "|", "rvert": "|", "lVert": "‖",
	"rVert": "‖", "mid": "∣", "nmid": "∤", "parallel": "∥", "perp": "⊥", "angle": "∠", "triangle": "△", "colon": ":", "backslash": "\\",
	"&": "&", "therefore": "∴", "because": "∵", "vdash": "⊢", "models": "⊨", "prec": "≺", "succ": "≻", "preceq": "⪯", "succeq": "⪰",
	"lesssim": "≲", "gtrsim": "≳", "coloneqq": "≔", "doteq": "≐", "asymp": "≍", "bowtie": "⋈", "uplus": "⊎", "sqcup": "⊔", "sqcap": "⊓",
	"rightleftharpoons": "⇌", "leadsto": "⇝", "int": "∫", "iint": "∬", "iiint": "∭", "oint": "∮", "dagger": "†",
}

var mathBig = map[string]string{
	"sum": "∑", "prod": "∏", "coprod": "∐", "bigcup": "⋃", "bigcap": "⋂", "bigvee": "⋁", "bigwedge": "⋀", "bigoplus": "⨁", "bigotimes": "⨂",
	"bigsqcup": "⨆",
}

var mathFunctions = map[string]bool{
	"sin": true, "cos": true, "tan": true, "cot": true, "sec": true, "csc": true, "sinh": true, "cosh": true, "tanh": true, "arcsin": true,
	"arccos": true, "arctan": true, "log": true, "ln": true, "lg": true, "exp": true, "deg": true, "dim": true, "ker": true, "arg": true, "hom": true,
}

var mathLimits = map[string]bool{
	"lim": true, "max": true, "min": true, "sup": true, "inf": true, "limsup": true, "liminf": true, "det": true, "gcd": true, "Pr": true,
}

var mathSpaces = map[string]string{
	",": "0.167em", ":": "0.222em", ">": "0.222em", ";": "0.278em", "!": "-0.167em", " ": "0.333em", "\n": "0.333em", "quad": "1em", "qquad": "2em",
	"thinspace": "0.167em", "enspace": "0.5em",
}

var mathAccents = map[string]string{
	"hat": "^", "widehat": "^", "bar": "‾", "vec": "→", "dot": "˙", "ddot": "¨", "tilde": "~", "widetilde": "~", "acute": "´", "grave": "`",
	"check": "ˇ", "breve": "˘", "mathring": "˚",
}

var mathFonts = map[string]mathFont{
	"mathrm": {}, "mathup": {}, "rm": {}, "mathit": {upper: 0x1D434, lower: 0x1D44E, holes: map[rune]rune{'h': 'ℎ'}},
	"mathbf": {upper: 0x1D400, lower: 0x1D41A, digit: 0x1D7CE}, "bm": {upper: 0x1D400, lower: 0x1D41A, digit: 0x1D7CE},
	"boldsymbol": {upper: 0x1D400, lower: 0x1D41A, digit: 0x1D7CE}, "mathsf": {upper: 0x1D5A0, lower: 0x1D5BA, digit: 0x1D7E2},
	"mathtt": {upper: 0x1D670, lower: 0x1D68A, digit: 0x1D7F6},
	"mathbb": {upper: 0x1D538, lower: 0x1D552, digit: 0x1D7D8, holes: map[rune]rune{'C': 'ℂ', 'H': 'ℍ', 'N': 'ℕ', 'P': 'ℙ', 'Q': 'ℚ', 'R': 'ℝ', 'Z': 'ℤ'}},
	"mathcal": {upper: 0x1D49C, lower: 0x1D4B6, holes: map[rune]rune{'B': 'ℬ', 'E': 'ℰ', 'F': 'ℱ', 'H': 'ℋ', 'I': 'ℐ', 'L': 'ℒ', 'M': 'ℳ', 'R': 'ℛ',
		'e': 'ℯ', 'g': 'ℊ', 'o': 'ℴ'}},
	"mathscr": {upper: 0x1D49C, lower: 0x1D4B6, holes: map[rune]rune{'B': 'ℬ', 'E': 'ℰ', 'F': 'ℱ', 'H': 'ℋ', 'I': 'ℐ', 'L': 'ℒ', 'M': 'ℳ', 'R': 'ℛ',
		'e': 'ℯ', 'g': 'ℊ', 'o': 'ℴ'}},
	"mathfrak": {upper: 0x1D504, lower: 0x1D51E, holes: map[rune]rune{'C': 'ℭ', 'H': 'ℌ', 'I': 'ℑ', 'R': 'ℜ', 'Z': 'ℨ'}},
}

// mathEnvironments are the fences around each environment and how its cells
// are aligned.
var mathEnvironments = map[string][3]string{
	"matrix": {}, "smallmatrix": {}, "array": {}, "pmatrix": {"(", ")"}, "bmatrix": {"[", "]"}, "Bmatrix": {"{", "}"}, "vmatrix": {"|", "|"},
	"Vmatrix": {"‖", "‖"}, "cases": {"{", "", "left"}, "aligned": {"", "", "aligned"}, "align": {"", "", "aligned"}, "split": {"", "", "aligned"},
	"alignedat": {"", "", "aligned"}, "alignat": {"", "", "aligned"}, "eqnarray": {"", "", "aligned"}, "gather": {}, "gathered": {}, "equation": {},
	"multline": {}, "displaymath": {}, "math": {},
}
