"""What a kill left of uploads goes; what runs, here or on another node, stays."""

from __future__ import annotations

from edigw.transports.uploads import Upload, sweep


def test_a_sweep_spares_uploads_that_run(tmp_path):
    (tmp_path / ".edigw-0123456789abcdef.upload").write_bytes(b"ISA*")  # of a server that was killed
    running = Upload(tmp_path, "po.edi", 1 << 20)
    running.write(0, b"ISA*00*")
    assert sweep(tmp_path) == 1
    running.write(7, b"IEA*1~")
    running.land()
    assert (tmp_path / "po.edi").read_bytes() == b"ISA*00*IEA*1~"
    assert [path.name for path in tmp_path.iterdir()] == ["po.edi"]
