"""Runs the specification's usage examples with Python's requests, one for each line on stdin.

A line is JSON: {"url": BASE_URL, "code": an example's In lines, "slash": bool, "how": a way to send data}.
"printed" leaves requests alone: the example runs as it stands. With "headers" and "ca", these are added to each
request, and nothing else is other. The answer is one JSON line: the value that
the example prints and Python's own text of it, or the error that Python raised.
"""

import contextlib
import io
import json
import sys

import requests


class Requests:
    """What the examples know as `requests`, sending the same another way."""

    def __init__(self, slash, how):
        self.slash = slash
        self.how = how

    def get(self, url, data):
        return self.send("GET", url, data)

    def post(self, url, data):
        return self.send("POST", url, data)

    def send(self, method, url, data):
        if not self.slash:
            url = url.rstrip("/")
        as_printed = "query" if method == "GET" else "form"
        how = as_printed if self.how == "printed" else self.how
        argument = {"query": "params", "form": "data", "json": "json"}[how]
        return requests.request(method, url, **{argument: data})


class Headed:
    """Python's requests with a header added, and the CA that certifies the controller."""

    def __init__(self, headers, ca):
        self.more = {"headers": headers, "verify": ca}

    def get(self, url, data):
        return requests.get(url, data, **self.more)

    def post(self, url, data):
        return requests.post(url, data, **self.more)


def run(order):
    is_printed = order["slash"] and order["how"] == "printed"
    if "headers" in order:
        sender = Headed(order["headers"], order["ca"])
    else:
        sender = requests if is_printed else Requests(order["slash"], order["how"])
    names = {
        "BASE_URL": order["url"],
        "container_pool": "server1",
        "requests": sender,
    }
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(order["code"], names)
    return {"result": names["result"], "text": printed.getvalue().strip()}


for line in sys.stdin:
    try:
        answer = run(json.loads(line))
    except Exception as error:
        answer = {"raised": repr(error)}
    print(json.dumps(answer), flush=True)
