package blacklist_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/usher-go/usher/blacklist"
)

func ExampleList() {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var list blacklist.List
	err := list.Add(
		blacklist.Entry{Alias: "+55 11 98765-4321", Reason: "threats", Author: "ana"},
		blacklist.Entry{Alias: "@spam", Scope: "sales", Direction: blacklist.Incoming, Expires: now.AddDate(0, 1, 0)},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	// WhatsApp reports this customer without the ninth digit.
	v := list.Match(blacklist.Query{
		Campaign: "support", Direction: blacklist.Incoming, Aliases: []string{"phone:551187654321"}, Now: now,
	})
	fmt.Println(v.Blocked, v.Entry.Alias, v.Entry.Reason)
	// Output: true phone:5511987654321 threats
}

func ExampleGuard() {
	crm := blacklist.CheckerFunc(func(ctx context.Context, q blacklist.Query) (blacklist.Verdict, error) {
		return blacklist.Verdict{}, errors.New("crm: connection refused")
	})
	guard := blacklist.Guard{Checker: crm, Timeout: 200 * time.Millisecond, FailClosed: true}
	v, err := guard.Check(context.Background(), blacklist.Query{Campaign: "sales", Aliases: []string{"user:US.1"}})
	fmt.Println(v.Blocked)
	fmt.Println(err)
	// Output:
	// true
	// blacklist: check failed, stopped (fail closed): crm: connection refused
}

func ExampleHistory() {
	history := blacklist.NewHistory(blacklist.Retention{Count: 2})
	for i := range 3 {
		history.Record(blacklist.Attempt{
			Time: time.Date(2026, 11, 23, 12, i, 0, 0, time.UTC), Campaign: "sales",
			Direction: blacklist.Incoming, Aliases: []string{"user:US.1"},
		})
	}
	for _, a := range history.Attempts(blacklist.Filter{Campaign: "sales"}) {
		fmt.Println(a.Time.Format(time.TimeOnly), a.Aliases)
	}
	fmt.Printf("%+v\n", history.Totals())
	// Output:
	// 12:02:00 [user:US.1]
	// 12:01:00 [user:US.1]
	// {Recorded:3 Kept:2 Overflowed:1 Expired:0}
}

func ExampleReadCSV() {
	_, err := blacklist.ReadCSV(strings.NewReader("alias,direction\n+55 11 98765-4321,in\n11 98765-4321,both\n"))
	fmt.Println(err)
	// Output:
	// blacklist: 2 faults:
	// 	line 2: direction "in": is unknown; valid: incoming, outgoing, both
	// 	line 3: alias "11 98765-4321": has no kind; write a phone as +<country code><number> or phone:<digits>, user:<id>, parent:<id>, name:@<user name>
}

func ExampleWriteCSV() {
	err := blacklist.WriteCSV(os.Stdout, []blacklist.Entry{{Alias: "+55 11 98765-4321", Reason: "=1+1"}})
	fmt.Println(err)
	// Output:
	// alias,scope,direction,reason,author,created,expires
	// phone:5511987654321,,both,'=1+1,,,
	// <nil>
}

func ExampleVariants() {
	fmt.Println(blacklist.Variants("5511987654321"))
	fmt.Println(blacklist.Variants("551132345678"))
	// Output:
	// [5511987654321 551187654321]
	// [551132345678]
}
