"""Runs a client of the demo's chat with Centrifugo's official library, and prints its events as JSON.

    centrifugo_client.py WEBSOCKET_URL HTTP_URL
"""

import asyncio
import json
import sys
import urllib.request

from centrifuge import Client, ClientEventHandler, ReplyError, SubscriptionEventHandler

seen = {}


class Events(ClientEventHandler):
    def __init__(self):
        self.connected = asyncio.Future()
        self.disconnected = asyncio.Future()

    async def on_connected(self, ctx):
        if not self.connected.done():
            self.connected.set_result(ctx.data)

    async def on_disconnected(self, ctx):
        if not self.disconnected.done():
            self.disconnected.set_result(ctx.code)


class Publications(SubscriptionEventHandler):
    def __init__(self):
        self.queue = asyncio.Queue()
        self.unsubscribed = 0

    async def on_publication(self, ctx):
        await self.queue.put(ctx.pub.data)

    async def on_unsubscribed(self, ctx):
        self.unsubscribed += 1


async def code(call):
    try:
        await call
    except ReplyError as error:
        return error.code
    return 0


async def refused(url):
    events = Events()
    client = Client(url, events=events, proxy=None)
    await client.connect()
    seen["refused"] = await asyncio.wait_for(events.disconnected, 10)


async def chat(url, http):
    events = Events()
    client = Client(url, events=events, data={"name": "ann"}, proxy=None)
    await client.connect()
    seen["welcome"] = await asyncio.wait_for(events.connected, 10)

    publications = Publications()
    subscription = client.new_subscription("chat:lobby", events=publications)
    await subscription.subscribe()
    await subscription.ready(10)
    await subscription.publish({"text": "hello", "user": "mallory", "evil": 1})
    seen["published"] = await asyncio.wait_for(publications.queue.get(), 10)
    seen["empty"] = await code(subscription.publish({"text": ""}))
    seen["elsewhere"] = await code(client.publish("private:x", {"text": "x"}))

    seen["ping"] = (await client.rpc("ping", {})).data
    seen["history"] = (await client.rpc("history", {"channel": "chat:lobby"})).data
    seen["unknown"] = await code(client.rpc("unheard-of", {}))

    loop = asyncio.get_running_loop()

    def fetch(path, body=None):
        request = urllib.request.Request(http + path, data=body)
        return json.loads(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).read())

    seen["broadcast"] = await loop.run_in_executor(None, fetch, "/broadcast?channel=chat:lobby", b"text=from+the+server")
    seen["received"] = await asyncio.wait_for(publications.queue.get(), 10)
    seen["presence"] = await loop.run_in_executor(None, fetch, "/presence?channel=chat:lobby")

    # Both the connection and the subscription expire meanwhile, and are refreshed.
    await asyncio.sleep(8)
    seen["still_connected"] = not events.disconnected.done()
    seen["unsubscribed"] = publications.unsubscribed
    seen["pong"] = (await client.rpc("ping", {})).data
    await client.disconnect()


async def main():
    await refused(sys.argv[1])
    await chat(sys.argv[1], sys.argv[2])
    print(json.dumps(seen))


asyncio.run(main())
