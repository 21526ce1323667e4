package kubernetes

import (
	"fmt"
	"strconv"
	"strings"
)

var weekdays = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

// scheduleWords says a cron schedule in words; one that is not among the usual
// forms is returned as it is.
func scheduleWords(schedule, zone string) string {
	suffix := " UTC"
	if zone != "" && zone != "UTC" && zone != "Etc/UTC" {
		suffix = " " + zone
	}
	switch schedule {
	case "@hourly":
		return "every hour"
	case "@daily", "@midnight":
		return "every day at 00:00" + suffix
	case "@weekly":
		return "every Sunday at 00:00" + suffix
	case "@monthly":
		return "on day 1 of every month at 00:00" + suffix
	case "@yearly", "@annually":
		return "on 1 January at 00:00" + suffix
	}
	f := strings.Fields(schedule)
	if len(f) != 5 {
		return schedule
	}
	minute, minuteKnown := digits(f[0], 59)
	hour, hourKnown := digits(f[1], 23)
	anyDay := f[2] == "*" && f[3] == "*" && f[4] == "*"
	step := func(s string) (int, bool) {
		n, ok := strings.CutPrefix(s, "*/")
		if !ok {
			return 0, false
		}
		return digits(n, 59)
	}
	clock := fmt.Sprintf("%02d:%02d%s", hour, minute, suffix)
	if n, ok := step(f[0]); ok && f[1] == "*" && anyDay {
		if n == 1 {
			return "every minute"
		}
		return fmt.Sprintf("every %d minutes", n)
	}
	if f[0] == "*" && f[1] == "*" && anyDay {
		return "every minute"
	}
	if !minuteKnown {
		return schedule
	}
	if n, ok := step(f[1]); ok && anyDay {
		if n == 1 {
			return fmt.Sprintf("every hour at minute %d", minute)
		}
		return fmt.Sprintf("every %d hours at minute %d", n, minute)
	}
	if f[1] == "*" && anyDay {
		return fmt.Sprintf("every hour at minute %d", minute)
	}
	if !hourKnown {
		return schedule
	}
	switch {
	case anyDay:
		return "every day at " + clock
	case f[2] == "*" && f[3] == "*" && f[4] == "1-5":
		return "Monday to Friday at " + clock
	case f[2] == "*" && f[3] == "*":
		if n, ok := digits(f[4], 7); ok {
			return "every " + weekdays[n] + " at " + clock
		}
	case f[3] == "*" && f[4] == "*":
		if n, ok := digits(f[2], 31); ok {
			return fmt.Sprintf("on day %d of every month at %s", n, clock)
		}
	}
	return schedule
}

func digits(s string, limit int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && n <= limit
}
