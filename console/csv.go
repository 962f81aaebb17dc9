package console

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/usher-go/usher/blacklist"
	"github.com/usher-go/usher/sla"
)

// table is a CSV file in the making, as the spreadsheets of a language read it: in Spanish and
// Portuguese with semicolons between cells and commas in numbers, since Excel puts a whole line
// into one cell there otherwise. A cell that a spreadsheet would run as a formula gets an
// apostrophe before it.
type table struct {
	buf  bytes.Buffer
	out  *csv.Writer
	lang string
}

func (x *call) table(columns ...string) *table {
	t := &table{lang: x.r.URL.Query().Get("headings")}
	t.buf.WriteString("\ufeff") // spreadsheets take it for UTF-8 then
	t.out = csv.NewWriter(&t.buf)
	t.out.Comma = separator(t.lang)
	t.out.UseCRLF = true
	for i, c := range columns {
		columns[i] = t.heading(c)
	}
	if len(columns) > 0 {
		t.row(columns...)
	}
	return t
}

// separator separates cells in the spreadsheets of a language.
func separator(lang string) rune {
	if lang == "es" || lang == "pt" {
		return ';'
	}
	return ','
}

// decimal writes a number as the table's language does.
func (t *table) decimal(v float64) string {
	text := strconv.FormatFloat(v, 'f', 4, 64)
	if t.out.Comma == ';' {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

func (t *table) heading(name string) string {
	if h, ok := headings[name]; ok {
		switch t.lang {
		case "es":
			return h[1]
		case "pt":
			return h[2]
		}
		return h[0]
	}
	return name
}

func (t *table) row(cells ...string) {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = cell(c)
	}
	_ = t.out.Write(safe) // to memory
}

// cell disarms a cell: see the page of OWASP on CSV injection for the characters.
func cell(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	if s == "" || !strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠'", first) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil && first != '+' {
		return s // a number that is below zero
	}
	return "'" + s
}

func (t *table) send(x *call, name string) (any, error) {
	t.out.Flush()
	return x.sendCSV(name, t.buf.Bytes())
}

func (x *call) sendCSV(name string, data []byte) (any, error) {
	h := x.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+x.now().Format("-2006-01-02-1504")+".csv"))
	x.w.WriteHeader(http.StatusOK)
	_, _ = x.w.Write(data)
	return served{}, nil
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// countColumns are the counters that tables show, then come the figures.
var countColumns = []struct {
	name string
	of   func(*sla.Counts) int64
}{
	{"opened", func(c *sla.Counts) int64 { return c.Opened }},
	{"outbound", func(c *sla.Counts) int64 { return c.Outbound }},
	{"ended", (*sla.Counts).Interactions},
	{"answered", func(c *sla.Counts) int64 { return c.Ends.Answered }},
	{"bot_ended", func(c *sla.Counts) int64 { return c.Ends.BotEnded }},
	{"abandoned", func(c *sla.Counts) int64 { return c.Ends.Abandoned }},
	{"timed_out", func(c *sla.Counts) int64 { return c.Ends.TimedOut }},
	{"queue_full", func(c *sla.Counts) int64 { return c.Ends.QueueFull }},
	{"out_of_hours", func(c *sla.Counts) int64 { return c.Ends.OutOfHours }},
	{"blacklisted", func(c *sla.Counts) int64 { return c.Ends.Blacklisted }},
	{"disabled", func(c *sla.Counts) int64 { return c.Ends.Disabled }},
	{"failed", func(c *sla.Counts) int64 { return c.Ends.Failed }},
	{"messagesIn", func(c *sla.Counts) int64 { return c.MessagesIn }},
	{"messagesOut", func(c *sla.Counts) int64 { return c.MessagesOut }},
}

func countNames() (names []string) {
	for _, c := range countColumns {
		names = append(names, c.name)
	}
	for _, f := range sla.Formulas() {
		names = append(names, f.Name)
	}
	return names
}

func (t *table) counts(c *sla.Counts) (cells []string) {
	for _, col := range countColumns {
		cells = append(cells, count(col.of(c)))
	}
	for _, f := range sla.Formulas() {
		text := ""
		if v, ok := f.Of(c); ok {
			text = t.decimal(v)
		}
		cells = append(cells, text)
	}
	return cells
}

func (c *Console) csvCampaigns(x *call) (any, error) {
	board, err := x.makeBoard()
	if err != nil {
		return nil, err
	}
	t := x.table(append([]string{"campaign", "name", "open", "waiting", "offered", "active", "bots", "oldest"}, countNames()...)...)
	for _, l := range append(board.Campaigns, board.Total) {
		t.row(append([]string{
			l.ID, l.Name, strconv.FormatBool(l.Open), count(int64(l.Waiting)), count(int64(l.Offered)), count(int64(l.Active)),
			count(int64(l.Bots)), when(l.Oldest),
		}, t.counts(&l.Counts)...)...)
	}
	return t.send(x, "campaigns")
}

func (c *Console) csvAgents(x *call) (any, error) {
	list, err := x.listAgents()
	if err != nil {
		return nil, err
	}
	t := x.table("agent", "name", "activity", "state", "reason", "since", "load", "limit", "active", "campaigns")
	for _, a := range list {
		t.row(a.ID, a.Name, a.Activity, string(a.State), a.Reason, when(a.Since), count(int64(a.Load)), count(int64(a.Limit)),
			count(int64(a.Active)), strings.Join(a.Campaigns, " "))
	}
	return t.send(x, "agents")
}

func (c *Console) csvSeries(x *call) (any, error) {
	list, err := x.makeSeries()
	if err != nil {
		return nil, err
	}
	t := x.table(append([]string{"start", "end"}, countNames()...)...)
	for _, i := range list.Intervals {
		t.row(append([]string{when(i.Start), when(i.End)}, t.counts(&i.Counts)...)...)
	}
	return t.send(x, "series")
}

func (c *Console) csvInteractions(x *call) (any, error) {
	f, err := x.listFilter()
	if err != nil {
		return nil, err
	}
	f.limit = 10_000 // a file is not read page by page
	list, err := x.makeList(f)
	if err != nil {
		return nil, err
	}
	t := x.table("interaction", "campaign", "customer", "customerName", "address", "number", "owner", "agent", "outbound",
		"openedAt", "queued", "taken", "endedAt", "outcome", "disposition", "priority")
	for _, in := range list.Interactions {
		t.row(in.ID, in.Campaign, in.Customer, in.Name, in.Address, in.Number, string(in.Owner), in.Agent, strconv.FormatBool(in.Outbound),
			when(in.Opened), when(in.Queued), when(in.Taken), when(in.Ended), in.Outcome, in.Disposition, strconv.Itoa(in.Priority))
	}
	return t.send(x, "interactions")
}

// csvBlacklist is the list in the form that the import takes: the names of the columns stay
// English, the separator is that of the language.
func (c *Console) csvBlacklist(x *call) (any, error) {
	list, err := x.entries()
	if err != nil {
		return nil, err
	}
	if x.opts.Redact != nil {
		return nil, errForbidden // a list without its aliases is no list
	}
	var plain bytes.Buffer
	if err := blacklist.WriteCSV(&plain, list); err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(&plain).ReadAll()
	if err != nil {
		return nil, err
	}
	t := x.table()
	for _, row := range rows {
		_ = t.out.Write(row) // WriteCSV has disarmed its cells
	}
	return t.send(x, "blacklist")
}

func (c *Console) csvHistory(x *call) (any, error) {
	list, err := x.attempts(0)
	if err != nil {
		return nil, err
	}
	t := x.table("time", "campaign", "direction", "aliases", "number", "agent", "entry", "reason")
	for _, a := range list {
		t.row(when(a.Time), a.Campaign, string(a.Direction), strings.Join(a.Aliases, " "), a.Number, a.By, a.Entry.Alias, a.Entry.Reason)
	}
	return t.send(x, "blacklist-history")
}

// headings in English, Spanish and Portuguese.
var headings = map[string][3]string{
	"campaign": {"Campaign", "Campaña", "Campanha"}, "name": {"Name", "Nombre", "Nome"}, "open": {"Open", "Abierta", "Aberta"},
	"waiting": {"Waiting", "En espera", "Em espera"}, "offered": {"Offered", "Ofrecidas", "Oferecidas"},
	"active": {"Active", "Activas", "Ativas"}, "bots": {"With bots", "Con bots", "Com bots"}, "oldest": {"Oldest waits since", "La más antigua espera desde", "A mais antiga espera desde"},
	"opened": {"Opened", "Iniciadas", "Iniciadas"}, "outbound": {"Outbound", "Salientes", "Ativas de saída"}, "ended": {"Ended", "Terminadas", "Encerradas"},
	"answered": {"Answered by agents", "Atendidas por agentes", "Atendidas por agentes"}, "bot_ended": {"Answered by bots", "Atendidas por bots", "Atendidas por bots"},
	"abandoned": {"Abandoned", "Abandonadas", "Abandonadas"}, "timed_out": {"Timed out", "Tiempo agotado", "Tempo esgotado"},
	"queue_full": {"Queue full", "Cola llena", "Fila cheia"}, "out_of_hours": {"Out of hours", "Fuera de horario", "Fora do horário"},
	"blacklisted": {"Blacklisted", "En lista negra", "Na lista negra"}, "disabled": {"Disabled", "Deshabilitada", "Desabilitada"}, "failed": {"Failed", "Fallidas", "Com falha"},
	"messagesIn": {"Messages in", "Mensajes recibidos", "Mensagens recebidas"}, "messagesOut": {"Messages out", "Mensajes enviados", "Mensagens enviadas"},
	"serviceLevel": {"Service level", "Nivel de servicio", "Nível de serviço"}, "serviceLevelWithAbandoned": {"Service level with abandoned", "Nivel de servicio con abandonadas", "Nível de serviço com abandonadas"},
	"abandonRate": {"Abandon rate", "Tasa de abandono", "Taxa de abandono"}, "averageWait": {"Average wait (s)", "Espera media (s)", "Espera média (s)"},
	"longestWait": {"Longest wait (s)", "Espera máxima (s)", "Maior espera (s)"}, "averageAbandonWait": {"Average wait of abandoned (s)", "Espera media de abandonadas (s)", "Espera média das abandonadas (s)"},
	"averageFirstResponse": {"Average first response (s)", "Primera respuesta media (s)", "Primeira resposta média (s)"}, "averageHandleTime": {"Average handle time (s)", "Tiempo medio de atención (s)", "Tempo médio de atendimento (s)"},
	"transferRate": {"Transfer rate", "Tasa de transferencia", "Taxa de transferência"}, "occupancy": {"Occupancy", "Ocupación", "Ocupação"},
	"agent": {"Agent", "Agente", "Agente"}, "activity": {"Activity", "Actividad", "Atividade"}, "state": {"State", "Estado", "Estado"}, "reason": {"Reason", "Motivo", "Motivo"},
	"since": {"Since", "Desde", "Desde"}, "load": {"Load", "Carga", "Carga"}, "limit": {"Limit", "Límite", "Limite"}, "campaigns": {"Campaigns", "Campañas", "Campanhas"},
	"start": {"From", "Desde", "De"}, "end": {"To", "Hasta", "Até"}, "interaction": {"Interaction", "Interacción", "Interação"}, "customer": {"Customer", "Cliente", "Cliente"},
	"customerName": {"Customer name", "Nombre del cliente", "Nome do cliente"}, "address": {"Address", "Dirección", "Endereço"}, "number": {"Our number", "Nuestro número", "Nosso número"},
	"owner": {"With", "La tiene", "Com"}, "openedAt": {"Opened at", "Inicio", "Início"}, "queued": {"Waiting since", "En espera desde", "Em espera desde"}, "taken": {"Answered at", "Atendida a las", "Atendida em"},
	"endedAt": {"Ended at", "Fin", "Fim"}, "outcome": {"Outcome", "Resultado", "Resultado"}, "disposition": {"Disposition", "Tipificación", "Tabulação"}, "priority": {"Priority", "Prioridad", "Prioridade"},
	"time": {"Time", "Hora", "Hora"}, "direction": {"Direction", "Sentido", "Sentido"}, "aliases": {"Customer", "Cliente", "Cliente"}, "entry": {"Entry", "Entrada", "Entrada"},
}
