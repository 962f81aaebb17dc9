package queue

// DeadlineCauses returns the cause of the events of every kind of deadline.
func DeadlineCauses() []string { return causes[noTimer+1:] }
