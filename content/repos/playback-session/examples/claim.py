import time

from ondavia.sessions import Client, Conflict

client = Client(base="https://sessions.ondavia.example/v3")
session = client.get("ses_81kq")

try:
    grant = client.claim(session.id, device="kitchen-2", epoch=session.epoch)
    player.load(grant.position.track, grant.position.ms)
    player.fade_in(0.3 if grant.estimated else 0.2)
except Conflict as other:
    print(f"playing on {other.owner}")

while player.playing:
    client.heartbeat(session.id, grant.epoch, player.position)
    time.sleep(5)
