package kubernetes

import (
	"fmt"
	"strings"
	"time"

	"github.com/adhocore/gronx"
)

var jobRules = []*Rule{
	{
		ID: "job-failed", Title: "A Job failed", Severity: Error, Category: Fault,
		Condition: "A Job that no CronJob owns has Failed=True; after 7 days an info. The cause is its reason.",
		Why:       "Its work was not done, and it is not tried again.",
		Fix:       "Read its logs, mend the cause, and run it again.",
		job: func(v *view, j *Job) *verdict {
			k := condition(j.Conditions, "Failed")
			if k == nil || k.Status != "True" || j.Owner.Kind == "CronJob" {
				return nil
			}
			w := &verdict{cause: k.Reason, since: k.Since, title: "Job failed", text: jobText(k.Reason), says: k.Message,
				commands: []string{v.kubectl(j.Namespace, "logs", "job/"+j.Name)}}
			if k.Reason != "" {
				w.title = "Job failed: " + k.Reason
			}
			if v.age(k.Since) > seconds(v.limit.FailedJob) {
				w.severity = Info
			}
			return w
		},
	},
	{
		ID: "job-suspended", Title: "A Job is suspended", Severity: Info, Category: State,
		Condition: "spec.suspend of a Job that has not finished.",
		Why:       "It does not run until somebody resumes it.",
		Fix:       "Nothing, if that is meant.",
		job: func(v *view, j *Job) *verdict {
			if !j.Suspended || j.finished() {
				return nil
			}
			return &verdict{title: "Suspended"}
		},
	},
}

func jobText(reason string) string {
	switch reason {
	case "BackoffLimitExceeded":
		return "Its pods failed as often as it allows."
	case "DeadlineExceeded":
		return "It took longer than its deadline allows."
	}
	return "Its work was not done."
}

func (j *Job) finished() bool {
	return conditionIs(j.Conditions, "Failed", "True") || conditionIs(j.Conditions, "Complete", "True")
}

// ended is when the Job finished.
func (j *Job) ended() Time {
	for _, t := range []string{"Complete", "Failed"} {
		if k := condition(j.Conditions, t); k != nil && k.Status == "True" {
			if k.Since > 0 {
				return k.Since
			}
			return max(j.Completed, j.Started)
		}
	}
	return 0
}

// cronCase is one CronJob with its Jobs.
type cronCase struct {
	v      *view
	j      *CronJobState
	newest *Job // the finished one that ended last; nil if none is there
	active *Job // one that runs
	runs   bool // one runs, as far as the CronJob or its Jobs say
	good   bool // one of its Jobs is complete
	failed bool // the rule on the last run has fired
}

// jobsByCron returns the Jobs of each CronJob.
func (v *view) jobsByCron() map[id][]*Job {
	out := map[id][]*Job{}
	for i := range v.Jobs {
		if p := v.parent[v.base[jobKind]+id(i)]; p != none {
			out[p] = append(out[p], &v.Jobs[i])
		}
	}
	return out
}

func newCronCase(v *view, n int, jobs []*Job) *cronCase {
	c := &cronCase{v: v, j: &v.CronJobs[n]}
	for _, j := range jobs {
		if j.finished() {
			c.good = c.good || conditionIs(j.Conditions, "Complete", "True")
			if c.newest == nil || j.ended() > c.newest.ended() {
				c.newest = j
			}
		} else if j.Active > 0 {
			c.active, c.runs = j, true
		}
	}
	c.runs = c.runs || len(c.j.Active) > 0
	return c
}

// lastFailed reports whether the last run that has ended failed.
func (c *cronCase) lastFailed() bool {
	if c.newest != nil {
		return conditionIs(c.newest.Conditions, "Failed", "True")
	}
	return !c.runs && c.j.LastSuccess > 0 && c.j.LastRun > 0 && c.j.LastSuccess < c.j.LastRun
}

// due returns the newest time at which a run should have begun and that is
// more than the lateness ago; 0 if the schedule or zone cannot be read.
func (c *cronCase) due() Time {
	late := max(seconds(c.v.limit.CronLateness), c.j.Deadline)
	return lastDue(c.j.Schedule, c.j.Zone, c.v.now-Time(late))
}

// lastDue returns the newest time of a cron schedule that is not after t.
// The zone is UTC when none is given, as the controller manager has it.
func lastDue(schedule, zone string, t Time) Time {
	spec := strings.TrimSpace(schedule)
	if rest, ok := strings.CutPrefix(spec, "CRON_TZ="); ok {
		zone, spec, _ = strings.Cut(rest, " ")
	} else if rest, ok := strings.CutPrefix(spec, "TZ="); ok {
		zone, spec, _ = strings.Cut(rest, " ")
	}
	if strings.HasPrefix(spec, "@every") { // depends on when the controller started
		return 0
	}
	if len(strings.Fields(spec)) > 5 || !gronx.IsValid(spec) {
		return 0
	}
	loc := time.UTC
	if zone != "" {
		l, err := time.LoadLocation(zone)
		if err != nil {
			return 0
		}
		loc = l
	}
	due, err := gronx.PrevTickBefore(spec, t.time().In(loc), true)
	if err != nil {
		return 0
	}
	found := moment(due)
	if found > t { // of an hour that comes twice the first one is meant
		found -= 3600
	}
	if found > t {
		return 0
	}
	return found
}

// missed returns the newest run that should have begun and did not. A last run
// that was not at a time of the schedule tells that the schedule was changed
// since; then the first time of the new one is forgiven.
func (c *cronCase) missed() (Time, bool) {
	if c.j.Suspended {
		return 0, false
	}
	due, last := c.due(), max(c.j.LastRun, c.j.Created)
	if due == 0 || due <= last {
		return due, false
	}
	if c.j.LastRun > 0 && lastDue(c.j.Schedule, c.j.Zone, c.j.LastRun)/60 != c.j.LastRun/60 && lastDue(c.j.Schedule, c.j.Zone, due-1) <= last {
		return due, false
	}
	return due, true
}

var cronJobRules = []*Rule{
	{
		ID: "cronjob-last-failed", Title: "The last run of a CronJob failed", Severity: Error, Category: Fault,
		Condition: "Of its finished Jobs the newest has Failed=True; without any Job to see: nothing runs, and its last success is before its last start.",
		Why:       "What it should have done last is not done.",
		Fix:       "Read the logs of the Job, mend the cause, and run it by hand if the next run is far.",
		cronJob: func(c *cronCase) *verdict {
			if !c.lastFailed() {
				return nil
			}
			c.failed = true
			w := &verdict{title: "Last run failed", text: "It has not succeeded as far as is known.", since: c.j.LastRun}
			if c.j.LastSuccess > 0 {
				w.text = fmt.Sprintf("Its last success was %s ago.", ago(c.v.age(c.j.LastSuccess)))
			}
			if c.newest != nil {
				w.since = c.newest.ended()
				if k := condition(c.newest.Conditions, "Failed"); k != nil {
					w.says = k.Message
					w.text = jobText(k.Reason) + " " + w.text
				}
				w.commands = []string{c.v.kubectl(c.j.Namespace, "logs", "job/"+c.newest.Name)}
			} else {
				w.commands = []string{c.v.kubectl(c.j.Namespace, "get", "jobs")}
			}
			return w
		},
	},
	{
		ID: "cronjob-never-succeeded", Title: "A CronJob has never succeeded", Severity: Warning, Category: Fault,
		Condition: "It was started before, has no last success, nothing runs, it is older than 24 h, and its last run is not known to have failed.",
		Why:       "It may never have done its work.",
		Fix:       "Look at its Jobs.",
		cronJob: func(c *cronCase) *verdict {
			if c.failed || c.runs || c.good || c.j.LastRun == 0 || c.j.LastSuccess != 0 || c.v.age(c.j.Created) <= seconds(c.v.limit.RestartWindow) {
				return nil
			}
			return &verdict{title: "Has never succeeded", commands: []string{c.v.kubectl(c.j.Namespace, "get", "jobs")}}
		},
	},
	{
		ID: "cronjob-missed", Title: "A run of a CronJob did not start", Severity: Warning, Category: Fault,
		Condition: "It is not suspended, nothing runs, and its newest due time (in its zone, at least 10 min or its starting deadline ago) is after its last start. When the schedule was changed since the last start, the first time of the new one is forgiven.",
		Why:       "The run of that time is lost unless the controller catches up.",
		Fix:       "Describe the CronJob; too many missed runs stop it for good.",
		cronJob: func(c *cronCase) *verdict {
			due, missed := c.missed()
			if !missed || c.runs {
				return nil
			}
			return &verdict{since: due, title: fmt.Sprintf("Run of %s did not start", due.time().Format("2 Jan 15:04 UTC")),
				commands: []string{c.v.kubectl(c.j.Namespace, "describe", "cronjob", c.j.Name)}}
		},
	},
	{
		ID: "cronjob-overrun", Title: "Runs of a CronJob are being skipped", Severity: Warning, Category: Fault,
		Condition: "A due run did not start because one is active and concurrencyPolicy is Forbid.",
		Why:       "A run takes longer than the time between two runs.",
		Fix:       "Find out what the run waits for; run less often, or allow concurrent runs.",
		cronJob: func(c *cronCase) *verdict {
			due, missed := c.missed()
			if !missed || !c.runs || c.j.Policy != "Forbid" {
				return nil
			}
			w := &verdict{since: due, title: "Runs are being skipped", commands: []string{c.v.kubectl(c.j.Namespace, "get", "jobs")}}
			if c.active != nil && c.active.Started > 0 {
				w.text = fmt.Sprintf("The current run has taken %s so far.", ago(c.v.age(c.active.Started)))
			}
			return w
		},
	},
	{
		ID: "cronjob-suspended", Title: "A CronJob is suspended", Severity: Info, Category: State,
		Condition: "spec.suspend.",
		Why:       "It does not run until somebody resumes it.",
		Fix:       "Nothing, if that is meant.",
		cronJob: func(c *cronCase) *verdict {
			if !c.j.Suspended {
				return nil
			}
			return &verdict{title: "Suspended"}
		},
	},
}
