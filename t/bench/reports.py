# reports.py STORE DOMAINS DAYS REPORTERS - fills a store of SQLite, whose tables are there, with made-up reports
#
# For t/bench/reports.pl. The rows are those that the intake would write.

import datetime
import hashlib
import random
import sqlite3
import sys

store, domains, days, reporters = sys.argv[1], *map(int, sys.argv[2:5])
random.seed(1)
today = datetime.datetime.now(datetime.timezone.utc).date()
body = "version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 86401"
phash = hashlib.sha256(body.encode()).hexdigest()[:32]
db = sqlite3.connect(store)
db.execute("PRAGMA synchronous = OFF")
put = db.execute
put("INSERT OR IGNORE INTO tlsrpt_ptext (phash, ptype, day, body, mx) VALUES (?, 'sts', 20990101, ?, 'mx1.example.com')", (phash, body))
for d in range(domains):
    domain = "d%06d-%d.example.com" % (d, days)
    for ago in range(1, days + 1):
        date = today - datetime.timedelta(ago)
        day = date.year * 10000 + date.month * 100 + date.day
        start = int(datetime.datetime(date.year, date.month, date.day, tzinfo=datetime.timezone.utc).timestamp())
        for r in range(reporters):
            who = "reporter%d.example" % r
            rid = hashlib.md5(("%s %d %d" % (domain, day, r)).encode()).hexdigest()
            good, bad = random.randrange(1, 500), 3 if random.random() < 0.02 else 0
            put("INSERT INTO tlsrpt_report VALUES (?,?,?,'',?,?,?,?,?,'','','','mail',2,0,'',?,?,1,0,1,'')",
                (rid, who, "Reporter %d" % r, rid, start, start + 86399, day, domain, start, start))
            put("INSERT INTO tlsrpt_policy (rid, pseq, day, domain, ptype, mode, phash, ok, fail) VALUES (?,0,?,?,'sts','testing',?,?,?)",
                (rid, day, domain, phash, good, bad))
            rows = [("ok", good), ("failed", bad)] + ([("certificate-expired", bad)] if bad else [])
            for rtype, n in rows:
                put("INSERT INTO tlsrpt_day (domain, day, submitter, ptype, rtype, sessions) VALUES (?,?,?,'sts',?,?)",
                    (domain, day, who, rtype, n))
            if bad:
                put("INSERT INTO tlsrpt_failure VALUES (?,0,0,'certificate-expired','mx1.example.com','','192.0.2.1','',?,'','')", (rid, bad))
    if d % 1000 == 0:
        db.commit()
db.commit()
