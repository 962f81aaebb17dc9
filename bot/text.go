package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/usher-go/usher/channel"
)

// What customers write is hostile until read: megabytes, marks that nobody sees, digits of
// every script. An answer is looked at up to maxRead bytes and compared by its words.

const (
	maxRead  = 4096 // bytes of an answer that are looked at
	maxText  = 4096 // characters of a text message
	maxBody  = 1024 // characters of the text above buttons or a list
	maxValue = 1000 // characters of a variable, as it is stored or said
)

// fold returns text as answers are compared: lower case, without accents, marks and
// whatever cannot be seen, with the digits 0 to 9.
func fold(text string) string {
	if len(text) > maxRead {
		text = text[:maxRead]
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.Is(unicode.M, r), unicode.Is(unicode.Cf, r), skinTone(r):
		case unicode.Is(unicode.Nd, r):
			b.WriteByte('0' + digit(r))
		case unicode.IsControl(r), unicode.IsSpace(r), r == utf8.RuneError:
			b.WriteByte(' ')
		default:
			b.WriteRune(base(unicode.ToLower(r)))
		}
	}
	return b.String()
}

func skinTone(r rune) bool { return r >= 0x1F3FB && r <= 0x1F3FF }

// digit returns the value of a decimal digit. In every script the ten stand in a row, and
// rows begin where the digits of that range do.
func digit(r rune) byte {
	n := rune(0)
	for n < 9 && unicode.Is(unicode.Nd, r-n-1) {
		n++
	}
	if r >= 0x1D7CE && r <= 0x1D7FF { // five rows without a gap
		n = (r - 0x1D7CE) % 10
	}
	return byte(n)
}

// accented lists letters by the one that people type instead.
var accented = [...]struct {
	base   rune
	others string
}{
	{'a', "áàâäãåāăą"}, {'c', "çćč"}, {'d', "ďđ"}, {'e', "éèêëēėęě"}, {'g', "ğģ"}, {'i', "íìîïīįı"}, {'l', "łľļ"},
	{'n', "ñńňņ"}, {'o', "óòôöõøōő"}, {'r', "řŕ"}, {'s', "śšşș"}, {'t', "ťţț"}, {'u', "úùûüūůűų"}, {'y', "ýÿ"},
	{'z', "źžż"}, {'е', "ё"}, {'σ', "ς"},
}

func base(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	for _, x := range accented {
		if strings.ContainsRune(x.others, r) {
			return x.base
		}
	}
	return r
}

// words splits folded text at spaces and punctuation. Symbols such as + and emoji are part
// of words.
func words(folded string) []string {
	return strings.FieldsFunc(folded, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
}

// numbers returns the whole numbers in folded text. Digits within a word, such as "24h",
// are none; fractions and what has a minus make ok false, for they cannot be meant.
func numbers(folded string) (list []int, ok bool) {
	r := []rune(folded)
	at := func(i int) rune {
		if i < 0 || i >= len(r) {
			return ' '
		}
		return r[i]
	}
	for i := 0; i < len(r); i++ {
		if !ascii(r[i]) {
			continue
		}
		from, n := i, 0
		for ; ascii(at(i)); i++ {
			n = min(n*10+int(r[i]-'0'), 1_000_000)
		}
		before, after := at(from-1), at(i)
		switch {
		case unicode.IsLetter(before) || unicode.IsLetter(after):
		case before == '-' || before == '−', separates(after) && ascii(at(i+1)):
			return nil, false
		default:
			list = append(list, n)
		}
	}
	return list, true
}

func ascii(r rune) bool     { return r >= '0' && r <= '9' }
func separates(r rune) bool { return r == '.' || r == ',' || r == '٫' }

// clip shortens text to so many characters, the last of which is "…" then.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	n := 0
	for i := range text {
		if n++; n == most {
			if _, size := utf8.DecodeRuneInString(text[i:]); i+size == len(text) {
				return text
			}
			return text[:i] + "…"
		}
	}
	return text
}

// clean returns text of a customer as it may be stored and shown: valid UTF-8 without
// control characters but new lines, and without marks that turn the direction of what
// follows, at most so many characters.
func clean(text string, most int) string {
	if len(text) > 16*most {
		text = text[:16*most]
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == 0x200D: // 200D joins emoji
			return r
		case r == utf8.RuneError || unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return clip(strings.TrimSpace(text), most)
}

// expand puts values in the place of {name}, the customer's name, and {x}, the variable x
// of the interaction. {name|friend} says friend when there is no name. A variable that is
// not set and has no such word stays as it was written.
func expand(text string, s Session, most int) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return clip(b.String(), most)
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("{" + rest)
			return clip(b.String(), most)
		}
		b.WriteString(value(inside, s))
		text = after
	}
}

func value(inside string, s Session) string {
	key, word, given := strings.Cut(inside, "|")
	v, known := s.Vars[key]
	if key == "name" {
		v, known = strings.Join(strings.Fields(clean(s.CustomerName, 64)), " "), true
	}
	v = clean(v, maxValue)
	switch {
	case v != "":
		return v
	case given || known:
		return word
	}
	return "{" + inside + "}"
}

// say appends a text message unless there is nothing to say.
func say(list []channel.Message, text string, s Session) []channel.Message {
	if text = expand(text, s, maxText); strings.TrimSpace(text) == "" {
		return list
	}
	return append(list, channel.TextMessage(text))
}
