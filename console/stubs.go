package console

import "errors"

var errTodo = errors.New("todo")

func (c *Console) session(*call) (any, error)          { return nil, errTodo }
func (c *Console) stream(*call) (any, error)           { return nil, errTodo }
func (c *Console) poll(*call) (any, error)             { return nil, errTodo }
func (c *Console) board(*call) (any, error)            { return nil, errTodo }
func (c *Console) series(*call) (any, error)           { return nil, errTodo }
func (c *Console) agents(*call) (any, error)           { return nil, errTodo }
func (c *Console) campaigns(*call) (any, error)        { return nil, errTodo }
func (c *Console) list(*call) (any, error)             { return nil, errTodo }
func (c *Console) interaction(*call) (any, error)      { return nil, errTodo }
func (c *Console) explain(*call) (any, error)          { return nil, errTodo }
func (c *Console) conversation(*call) (any, error)     { return nil, errTodo }
func (c *Console) timeline(*call) (any, error)         { return nil, errTodo }
func (c *Console) media(*call) (any, error)            { return nil, errTodo }
func (c *Console) customer(*call) (any, error)         { return nil, errTodo }
func (c *Console) csvCampaigns(*call) (any, error)     { return nil, errTodo }
func (c *Console) csvAgents(*call) (any, error)        { return nil, errTodo }
func (c *Console) csvSeries(*call) (any, error)        { return nil, errTodo }
func (c *Console) csvInteractions(*call) (any, error)  { return nil, errTodo }
func (c *Console) csvBlacklist(*call) (any, error)     { return nil, errTodo }
func (c *Console) csvHistory(*call) (any, error)       { return nil, errTodo }
func (c *Console) desk(*call) (any, error)             { return nil, errTodo }
func (c *Console) ownState(*call) (any, error)         { return nil, errTodo }
func (c *Console) ownCall(*call) (any, error)          { return nil, errTodo }
func (c *Console) ownWrapUp(*call) (any, error)        { return nil, errTodo }
func (c *Console) start(*call) (any, error)            { return nil, errTodo }
func (c *Console) targets(*call) (any, error)          { return nil, errTodo }
func (c *Console) accept(*call) (any, error)           { return nil, errTodo }
func (c *Console) decline(*call) (any, error)          { return nil, errTodo }
func (c *Console) take(*call) (any, error)             { return nil, errTodo }
func (c *Console) send(*call) (any, error)             { return nil, errTodo }
func (c *Console) transfer(*call) (any, error)         { return nil, errTodo }
func (c *Console) cancelTransfer(*call) (any, error)   { return nil, errTodo }
func (c *Console) park(*call) (any, error)             { return nil, errTodo }
func (c *Console) resume(*call) (any, error)           { return nil, errTodo }
func (c *Console) finish(*call) (any, error)           { return nil, errTodo }
func (c *Console) note(*call) (any, error)             { return nil, errTodo }
func (c *Console) upload(*call) (any, error)           { return nil, errTodo }
func (c *Console) assign(*call) (any, error)           { return nil, errTodo }
func (c *Console) requeue(*call) (any, error)          { return nil, errTodo }
func (c *Console) move(*call) (any, error)             { return nil, errTodo }
func (c *Console) end(*call) (any, error)              { return nil, errTodo }
func (c *Console) prioritize(*call) (any, error)       { return nil, errTodo }
func (c *Console) agentState(*call) (any, error)       { return nil, errTodo }
func (c *Console) settings(*call) (any, error)         { return nil, errTodo }
func (c *Console) checkSettings(*call) (any, error)    { return nil, errTodo }
func (c *Console) saveSettings(*call) (any, error)     { return nil, errTodo }
func (c *Console) saveAgent(*call) (any, error)        { return nil, errTodo }
func (c *Console) blacklist(*call) (any, error)        { return nil, errTodo }
func (c *Console) blacklistAdd(*call) (any, error)     { return nil, errTodo }
func (c *Console) blacklistRemove(*call) (any, error)  { return nil, errTodo }
func (c *Console) blacklistImport(*call) (any, error)  { return nil, errTodo }
func (c *Console) blacklistHistory(*call) (any, error) { return nil, errTodo }
func (c *Console) block(*call) (any, error)            { return nil, errTodo }
func (c *Console) tryWhatIf(*call) (any, error)        { return nil, errTodo }
func (c *Console) whatIf(*call) (any, error)           { return nil, errTodo }
func (c *Console) cancelWhatIf(*call) (any, error)     { return nil, errTodo }
