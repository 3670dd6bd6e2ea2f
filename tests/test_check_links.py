"""The weekly look at links to other sites, tried on a host of this machine."""

import http.server
import threading

import pytest

from tools import check_links


@pytest.fixture
def host():
    class Host(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status = int(self.path.strip("/") or 200)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/200")
            self.end_headers()

        def log_message(self, *_args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("status, gone", [(200, False), (302, False), (403, False), (429, False), (404, True), (410, True), (500, True)])
def test_an_address_is_gone_if_it_says_so(host, status, gone):
    answer = check_links.checked(f"{host}/{status}", timeout=10, pause=0)
    assert answer == (200 if status == 302 else status)
    assert check_links.is_gone(answer) is gone


def test_a_host_that_is_not_there_is_gone(host):
    assert check_links.is_gone(check_links.ask("http://127.0.0.1:1/", timeout=5))


def test_the_links_of_all_pages_are_asked_once_and_the_broken_one_is_told(host, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(check_links, "LEFT_OUT", check_links.re.compile("OWNER"))
    (tmp_path / "index.html").write_text(f'<a href="{host}/200#x">a</a><a class="b" href="{host}/404">b</a><a href="c.html">c</a>', "utf-8")
    (tmp_path / "c.html").write_text(f'<a href="{host}/200">a</a><a href="{host}/OWNER">d</a>', "utf-8")
    assert check_links.addresses(tmp_path) == {f"{host}/200": ["c.html", "index.html"], f"{host}/404": ["index.html"]}
    assert check_links.main([str(tmp_path), "--pause", "0"]) == 1
    assert f"GONE 404: {host}/404 (index.html)" in capsys.readouterr().out


def test_a_folder_without_a_site_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        check_links.main([str(tmp_path)])
    assert "`site` must be the folder of a built site" in capsys.readouterr().err
