# reports.py FOLDER DOMAINS DAYS REPORTERS - made-up reports, as rows of the tables of the store
#
# For t/bench/reports.pl: appends to FOLDER/TABLE.tsv, a line a row. The rows are those that the intake would write.

import datetime
import hashlib
import random
import sys

folder, domains, days, reporters = sys.argv[1], *map(int, sys.argv[2:5])
random.seed(1)
today = datetime.datetime.now(datetime.timezone.utc).date()
lines = ["version: STSv1", "mode: testing", "mx: mx1.example.com", "max_age: 86401"]
phash = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
files = {name: open("%s/%s.tsv" % (folder, name), "a") for name in ("report", "policy", "ptext", "failure", "count", "day")}


def put(table, *columns):
    files[table].write("\t".join(map(str, columns)) + "\n")


if files["ptext"].tell() == 0:
    put("ptext", phash, "sts", 20990101, " ".join(lines), "mx1.example.com")
dates = []
for ago in range(days, 0, -1):
    date = today - datetime.timedelta(ago)
    start = int(datetime.datetime(date.year, date.month, date.day, tzinfo=datetime.timezone.utc).timestamp())
    dates.append((date.year * 10000 + date.month * 100 + date.day, start))
# As they come: day by day, and by nobody's order within one.
for day, start in dates:
    for n in random.sample(range(domains * reporters), domains * reporters):
        domain = "%s%06d.example.com" % ("y" if days > 100 else "d", n // reporters)
        who = "reporter%d.example" % (n % reporters)
        rid = hashlib.md5(("%s %d %s" % (domain, day, who)).encode()).hexdigest()
        good, bad = random.randrange(1, 500), 3 if random.random() < 0.02 else 0
        put("report", rid, who, "Reporter", "", rid, start, start + 86399, day, domain, "", "", "", "mail", 2, 0, "", start, start, 1, 0, 1, "")
        put("policy", rid, 0, day, domain, "sts", "testing", phash, good, bad, 2)
        for rtype, sessions in [("ok", good)] + ([("failed", bad), ("certificate-expired", bad)] if bad else []):
            put("count", rid, domain, "sts", rtype, day, sessions)
            put("day", domain, day, who, "sts", rtype, sessions, 1)
        if bad:
            put("failure", rid, 0, 0, "certificate-expired", "mx1.example.com", "", "192.0.2.1", "", bad, "", "")
