package queue
import ("fmt";"encoding/json")
func (e *Engine) dbg() {
	if len(e.out.Events) > 20000 {
		for _, ev := range e.out.Events[len(e.out.Events)-14:] { ev.Explain=nil; b,_ := json.Marshal(ev); fmt.Println(string(b)) }
		panic("storm")
	}
}
