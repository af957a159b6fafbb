"""OpenStack Swift with its S3 face, whole in one process and below one folder: argv[1] is the folder, argv[2] the port of
127.0.0.1. Says where it is when it serves, and ends when its standard input does. For tests: what it keeps is written
without being flushed, and what memcached would hold for it is held here."""
import os
import sys
import time

root, port = sys.argv[1], int(sys.argv[2])


def write(name, text):
    with open(os.path.join(root, name), 'w') as file:
        file.write(text)


write('swift.conf', '[swift-hash]\nswift_hash_path_suffix = bede\n[storage-policy:0]\nname = one\ndefault = yes\n')

import eventlet  # noqa: E402

eventlet.monkey_patch()
os.fsync = os.fdatasync = lambda _: None

from swift.common import utils  # noqa: E402

utils.SWIFT_CONF_FILE = os.path.join(root, 'swift.conf')
utils.validate_hash_conf()

from eventlet import wsgi  # noqa: E402
from swift.common.middleware.s3api.controllers import multi_upload  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import SwiftHttpProtocol, loadapp  # noqa: E402

# Short pages, so that whoever lists has to turn them.
page = 20
multi_upload.DEFAULT_MAX_UPLOADS = page


class Cache:
    """As much of a client of memcached as Swift calls."""

    def __init__(self):
        self.kept = {}

    def get(self, key, **_):
        value, until = self.kept.get(key, (None, None))
        return value if until is None or until > time.monotonic() else None

    def set(self, key, value, time=0, **_):
        self.kept[key] = (value, monotonic() + time if time else None)

    def delete(self, key, **_):
        self.kept.pop(key, None)

    def incr(self, key, delta=1, time=0):
        self.set(key, (self.get(key) or 0) + delta, time)
        return self.get(key)

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta, time)

    def set_multi(self, mapping, _, time=0, **__):
        for key, value in mapping.items():
            self.set(key, value, time)

    def get_multi(self, keys, _):
        return [self.get(key) for key in keys]


monotonic = time.monotonic


def serve(app, sock):
    eventlet.spawn(
        wsgi.server, sock, app, log=open(os.devnull, 'w'), log_output=False, protocol=SwiftHttpProtocol,
        custom_pool=eventlet.GreenPool(1024), socket_timeout=60, capitalize_response_headers=False)


def listen(at=0):
    return eventlet.listen(('127.0.0.1', at), backlog=1024)


if not os.path.isdir(os.path.join(root, 'device')):
    os.mkdir(os.path.join(root, 'device'))
for kind in ('account', 'container', 'object'):
    sock = listen()
    ring = RingBuilder(4, 1, 1)
    ring.add_dev({
        'id': 0, 'region': 1, 'zone': 1, 'weight': 1, 'ip': '127.0.0.1', 'port': sock.getsockname()[1], 'device': 'device'})
    ring.rebalance()
    ring.get_ring().save(os.path.join(root, kind + '.ring.gz'))
    write(kind + '.conf', '''[DEFAULT]
swift_dir = {root}
devices = {root}
mount_check = false
fallocate_reserve = 0
disable_fallocate = true
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
'''.format(root=root, kind=kind))
    serve(loadapp(os.path.join(root, kind + '.conf')), sock)

filters = 'catch_errors gatekeeper listing_formats s3api tempauth copy slo dlo symlink'
write('proxy.conf', '[DEFAULT]\nswift_dir = %s\n[pipeline:main]\npipeline = %s proxy-server\n' % (root, filters) + ''.join(
    '[filter:%s]\nuse = egg:swift#%s\nlocation = us-east-1\nmax_bucket_listing = %d\nuser_test_tester = testing .admin\n' % (
        name, name, page)
    for name in filters.split()) + '[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n')
app = loadapp(os.path.join(root, 'proxy.conf'))
cache = Cache()


def cached(environment, start_response):
    environment['swift.cache'] = cache
    return app(environment, start_response)


sock = listen(port)
serve(cached, sock)
print('http://127.0.0.1:%d' % sock.getsockname()[1], flush=True)
eventlet.hubs.trampoline(0, read=True)
