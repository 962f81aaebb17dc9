// Package schedule knows when a campaign is open: weekly ranges, several a day and over
// midnight, in an IANA time zone, with dated exceptions.
//
// A [Schedule] is what people write; [Schedule.Compile] checks it and returns [Hours],
// which answer for any instant in constant time and hold no clock.
//
// Ranges are wall-clock time. Where the clock jumps forward over a boundary, the boundary
// is the first instant after the jump. Where the clock goes back and a boundary comes
// twice, a range opens at the first and closes at the second: nobody who reads an opening
// hour on the wall finds it closed.
package schedule
