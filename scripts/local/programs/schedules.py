"""EventBridge Scheduler: schedules with a rate whose target is a function."""

import datetime
import re
import time
import uuid

from moto.scheduler.models import scheduler_backends

from .processes import backends

_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


class Schedules:
    def __init__(self, functions):
        self.functions = functions
        self.due = {}

    def fire(self):
        """A rate's first invocation comes with the schedule, the next ones a period apart."""
        now = time.monotonic()
        seen = set()
        for backend in backends(scheduler_backends):
            for group in list(backend.schedule_groups.values()):
                for schedule in list(group.schedules.values()):
                    period = _period(schedule.schedule_expression)
                    if period is None or schedule.state != "ENABLED":
                        continue
                    key = (schedule.arn, schedule.creation_date)
                    seen.add(key)
                    if now >= self.due.get(key, now):
                        self.due[key] = now + period
                        self._invoke(schedule, backend)
        self.due = {key: due for key, due in self.due.items() if key in seen}

    def _invoke(self, schedule, backend):
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": backend.account_id,
            "time": f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
            "region": backend.region_name,
            "resources": [schedule.arn],
            "detail": "{}",
        }
        self.functions.send(schedule.target["Arn"], schedule.target.get("Input") or event)


def _period(expression):
    """Seconds of `rate(5 minutes)`; None for cron and one-time expressions."""
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    return int(rate[1]) * _SECONDS[rate[2]] if rate else None
