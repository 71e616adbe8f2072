"""A configuration as one generation: the same bytes, broken partners held apart, names looked up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edigw import gathering
from edigw.errors import ConfigError
from edigw.generation import Generation, build, read
from edigw.mappings import library
from edigw.model import Identity

ROOT = Path(__file__).parents[2]


def mistakes(generation: Generation) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        build(generation, strict=True)
    return [str(problem) for problem in caught.value.problems]


def test_bytes_and_back(instance_files):
    one = Generation.of(instance_files)
    other = Generation.of(dict(reversed(instance_files.items())))
    assert one == other
    assert one.to_bytes() == other.to_bytes()
    assert Generation.from_bytes(one.to_bytes()) == one
    assert len(one.digest) == 64


def test_another_byte_is_another_generation(instance_files):
    before = Generation.of(instance_files).digest
    instance_files["partners/acme/maps/850.yaml"] += b"# seen\n"
    assert Generation.of(instance_files).digest != before


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b"x" + b, lambda b: b""])
def test_damaged_bytes(instance_files, damage):
    with pytest.raises(ValueError):
        Generation.from_bytes(damage(Generation.of(instance_files).to_bytes()))


def test_read_takes_configuration_only(write_instance, instance_files):
    folder = write_instance()
    (folder / "keys/sftpd").write_text("PRIVATE")
    (folder / "partners/README.md").write_text("read me")
    (folder / "partners/acme/samples").mkdir()
    (folder / "partners/acme/samples/po.edi").write_text("ISA")
    (folder / "partners/acme/maps/.850.yaml.swp").write_text("vim")
    (folder / "partners/.git").mkdir()
    found = read(folder)
    assert dict(found.files) == instance_files
    assert found.trouble == {}


def test_read_names_what_it_cannot_read(write_instance):
    folder = write_instance()
    (folder / "partners/nordwind/maps").mkdir()
    (folder / "partners/nordwind/maps/ORDERS.yaml").symlink_to("gone.yaml")
    (folder / "partners/new").mkdir()
    found = read(folder)
    assert found.trouble == {
        "partners/new/partner.yaml": "it is not there",
        "partners/nordwind/maps/ORDERS.yaml": "it is not there",
    }
    built = build(found)
    assert built.book.partners["acme"].broken == ""
    assert "partners/nordwind/maps/ORDERS.yaml:1:1: EDIGW-CONFIG-E020 cannot be read" in built.book.partners["nordwind"].broken
    assert next(str(problem) for problem in built.problems) == "partners/new/partner.yaml:1:1: EDIGW-CONFIG-E020 cannot be read: it is not there"


def test_no_configuration(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: it is not there"):
        read(tmp_path)


def test_a_large_file_is_not_read_whole(write_instance, instance_files):
    instance_files["partners/acme/maps/850.yaml"] = b"#" * 1_000_000
    found = read(write_instance())
    assert len(found.files["partners/acme/maps/850.yaml"]) == 256 * 1024 + 1
    assert any("E005" in line for line in mistakes(found))


def test_a_sound_configuration(generation):
    built = build(generation(), strict=True)
    assert built.problems == ()
    book = built.book
    assert book.gateway == "hub"
    assert sorted(book.partners) == ["acme", "nordwind"]
    assert book.channels == {"acme-in": "acme", "nordwind-in": "nordwind"}
    route = book.route("x12", Identity("ZZ", "ACMESTORES"), Identity("ZZ", "OURCOMPANY"), ("ACME",), "acme-in")
    assert (route.partner, route.held) == ("acme", "")


def test_a_mistake_in_edigw_yaml_stops_us_and_tells_the_partners_mistakes_too(instance_files, generation):
    instance_files["edigw.yaml"] = instance_files["edigw.yaml"].replace(b"endpoints:", b"endpionts:")
    instance_files["partners/nordwind/partner.yaml"] += b"polcies: {}\n"
    with pytest.raises(ConfigError) as caught:
        build(generation())
    found = [str(problem) for problem in caught.value.problems]
    assert any("has no key endpionts (did you mean endpoints?)" in line for line in found)
    assert any("has no key polcies (did you mean policies?)" in line for line in found)


def test_a_mistake_of_one_partner_breaks_that_partner_only(instance_files, generation):
    instance_files["partners/acme/partner.yaml"] = instance_files["partners/acme/partner.yaml"].replace(b"hold-bad", b"hold-bed")
    built = build(generation())
    assert built.book.partners["nordwind"].broken == ""
    broken = built.book.partners["acme"].broken
    assert broken.startswith("the configuration of acme has a mistake: partners/acme/partner.yaml:9:82: EDIGW-CONFIG-E013 forward cannot be hold-bed")
    assert broken.endswith("run edigw check")
    route = built.book.route("x12", Identity("ZZ", "ACMESTORES"), Identity("ZZ", "OURCOMPANY"), ("ACME",), "acme-in")
    assert (route.partner, route.held, route.reason) == ("acme", "EDIGW-ROUTE-E006", broken)
    assert mistakes(generation()) == [str(problem) for problem in built.problems]


@pytest.mark.parametrize(
    ("file", "was", "now", "says"),
    [
        pytest.param("acme/partner.yaml", b"in: acme-in", b"in: acme_in", "4:16: EDIGW-CONFIG-E014 there is no channel acme_in (did you mean acme-in?)", id="channel"),
        pytest.param("acme/partner.yaml", b"deliver: erp", b"deliver: epr", "EDIGW-CONFIG-E014 there is no endpoint epr (did you mean erp?)", id="endpoint"),
        pytest.param("acme/partner.yaml", b"map: acme/850", b"map: acme/805", "EDIGW-CONFIG-E014 there is no map acme/805 (did you mean acme/850?)", id="map"),
        pytest.param("nordwind/partner.yaml", b"id: \"4012345000016\"", b"id: \"4012345000009\"", "EDIGW-CONFIG-E015 the identity edifact 14:4012345000009 is our own", id="our identity"),
        pytest.param("nordwind/partner.yaml", b"edifact:", b"x12: [{qualifier: ZZ, id: ACMESTORES, group: ACME}]\nedifact:", "the identity x12 ZZ:ACMESTORES group ACME is also acme's, at partners/acme/partner.yaml:3:7", id="identity of another"),
    ],
)
def test_names_are_looked_up(instance_files, generation, file, was, now, says):
    data = instance_files[f"partners/{file}"]
    assert was in data
    instance_files[f"partners/{file}"] = data.replace(was, now)
    assert [line for line in mistakes(generation()) if says in line]


def test_two_partners_with_one_identity_are_both_broken(instance_files, generation):
    instance_files["partners/twin/partner.yaml"] = b"partner: twin\nedifact: [{id: '4012345000016'}]\n"
    built = build(generation())
    assert {name for name, partner in built.book.partners.items() if partner.broken} == {"nordwind", "twin"}
    assert "cannot be told from that of nordwind (give each its qualifier)" in built.book.partners["twin"].broken


def test_a_group_tells_two_partners_apart(instance_files, generation):
    instance_files["partners/twin/partner.yaml"] = b"partner: twin\nx12: [{qualifier: ZZ, id: ACMESTORES, group: OTHER}]\n"
    assert build(generation(), strict=True).problems == ()


def test_a_shared_channel_belongs_to_nobody(instance_files, generation):
    instance_files["partners/twin/partner.yaml"] = b"partner: twin\nedifact: [{id: '1'}]\nchannels: {in: nordwind-in}\n"
    assert build(generation(), strict=True).book.channels == {"acme-in": "acme"}


def test_a_channel_that_names_its_partner(instance_files, generation):
    instance_files["edigw.yaml"] = instance_files["edigw.yaml"].replace(b"{folder: inbox/nordwind}", b"{folder: inbox/nordwind, partner: acme}")
    assert any("channel nordwind-in belongs to acme, says edigw.yaml:5:3" in line for line in mistakes(generation()))
    instance_files["edigw.yaml"] = instance_files["edigw.yaml"].replace(b"partner: acme", b"partner: amce")
    assert any("channel nordwind-in is amce's, who is no partner (did you mean acme?)" in line for line in mistakes(generation()))


def test_keys_need_an_inbox(instance_files, generation):
    instance_files["edigw.yaml"] = instance_files["edigw.yaml"].replace(b"sftpd: {}\n", b"")
    assert any("sftp_keys need our SFTP inbox, and edigw.yaml has none" in line for line in mistakes(generation()))


def test_who_logs_in_must_not_read_anothers_files(instance_files, generation):
    instance_files["partners/twin/partner.yaml"] = b"partner: twin\nedifact: [{id: '1'}]\nchannels: {out: acme-out}\n"
    built = build(generation())
    assert {name for name, partner in built.book.partners.items() if partner.broken} == {"acme"}
    assert "acme logs in to the folder of channel acme-out, which is also for twin" in built.book.partners["acme"].broken


def test_a_server_must_have_the_folder_its_partner_uses_it_for(instance_files, generation):
    line = b'  far: {sftp: h, user: u, key: file:keys/far, host_key: "SHA256:' + 43 * b"A" + b'", get: /out}\nendpoints:'
    instance_files["edigw.yaml"] = instance_files["edigw.yaml"].replace(b"endpoints:", line)
    assert build(generation(), strict=True).problems == ()
    instance_files["partners/far/partner.yaml"] = b"partner: far\nedifact: [{id: '7'}]\nchannels: {in: far, out: far}\n"
    (found,) = mistakes(generation())
    assert found.startswith("partners/far/partner.yaml:3:26: EDIGW-CONFIG-E011 channel far is the out channel and lacks put: a folder to put into"), found


def test_a_map_with_ten_mistakes_tells_all_ten(instance_files, generation):
    instance_files["partners/acme/maps/850.yaml"] = b"""map: acme/850
extends: x12/850
change:
  BEG: {3: numbr}
  CUR: {2: {feld: currency}}
  REF: {into: {DP: extensions.}}
  DTM: {into: {002: deliverd_on}}
  XYZ: {1: number}
  PER: {others: sometimes}
  N9: {1: {default: x, defualt: y}}
  PO1: {body: [{PID: {into: {F: item.descriptoin*}}}, {PO4: {99: pack.inner}}]}
"""
    found = [line for line in mistakes(generation()) if line.startswith("partners/acme/maps/850.yaml:")]
    assert len(found) >= 10, found
    assert [int(line.split(":")[1]) for line in found] == [4, 5, 5, 6, 7, 8, 9, 10, 11, 11], found
    built = build(generation())
    assert built.book.partners["nordwind"].broken == ""
    assert "has a mistake: partners/acme/maps/850.yaml:4:12: EDIGW-MAP-E002" in built.book.partners["acme"].broken


def test_an_agreement_for_any_release_is_compiled_for_each(instance_files, generation):
    """BEG has 12 elements from 004010 on and had fewer before; so a map that binds the last one must say which releases it is for."""
    any_release = instance_files["partners/acme/partner.yaml"].replace(b'releases: ["004010", "004030"], ', b"")
    instance_files["partners/acme/partner.yaml"] = any_release
    instance_files["partners/acme/maps/850.yaml"] = b"map: acme/850\nextends: x12/850\nchange: {BEG: {12: extensions.category}}\n"
    assert build(generation()).problems == ()
    assert any("BEG" in line and line.startswith("partners/acme/maps/850.yaml:3:") for line in mistakes(generation()))


def test_a_map_of_another_message(instance_files, generation):
    instance_files["partners/nordwind/partner.yaml"] = instance_files["partners/nordwind/partner.yaml"].replace(b"deliver:", b"map: acme/850, deliver:")
    assert any("the map acme/850 is for x12/850, not for edifact/ORDERS" in line for line in mistakes(generation()))


def test_a_map_that_a_partner_wrote_whole(instance_files, generation):
    """It extends none, so its own name says of what message it is."""
    whole = b"map: acme/850\ndocument: order\nbody: [{BEG: {3: number}}, {PO1: {into: lines*, body: [{PO1: {2: quantity}}]}}]\n"
    instance_files["partners/acme/maps/850.yaml"] = whole
    assert build(generation()).problems == ()
    instance_files["partners/acme/maps/860.yaml"] = whole.replace(b"acme/850", b"acme/860")
    instance_files["partners/acme/partner.yaml"] = instance_files["partners/acme/partner.yaml"].replace(b"map: acme/850", b"map: acme/860")
    assert any("the map acme/860 is for acme/860, not for x12/850" in line for line in mistakes(generation()))


def test_workers_build_from_bytes_alone(generation):
    script = "import sys; from edigw.generation import Generation, build; b = build(Generation.from_bytes(sys.stdin.buffer.read())); print(sorted(b.book.partners))"
    where = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], input=generation().to_bytes(), capture_output=True, cwd="/", env=where, timeout=60)
    assert done.stdout == b"['acme', 'nordwind']\n", done.stderr


def test_too_many_files(write_instance, monkeypatch):
    monkeypatch.setattr(gathering, "MAX_FILES", 3)
    with pytest.raises(ConfigError, match="the configuration has more than 3 files"):
        read(write_instance())


def test_the_example_is_sound(tmp_path):
    shutil.copy(ROOT / "config/edigw.yaml", tmp_path)
    shutil.copytree(ROOT / "partners", tmp_path / "partners")
    built = build(read(tmp_path), strict=True)
    assert built.problems == ()
    assert sorted(built.book.partners) == ["acme", "nordwind"]
    assert all(partner.sftp_keys for partner in built.book.partners.values())


@pytest.fixture
def compiled(monkeypatch):
    """The releases that maps are compiled for, as it happens."""
    seen: list[str] = []
    make = library.compile.make

    def counted(declared, kind, standard, problems):
        seen.append(f"{declared.name} {standard.release}")
        return make(declared, kind, standard, problems)

    monkeypatch.setattr(library.compile, "make", counted)
    monkeypatch.setattr(library, "_right", set())
    return seen


def test_a_map_that_was_right_is_not_compiled_for_its_releases_again(instance_files, compiled):
    instance_files["partners/acme/partner.yaml"] = instance_files["partners/acme/partner.yaml"].replace(b'releases: ["004010", "004030"], ', b"")
    build(Generation.of(instance_files), strict=True)
    assert len(compiled) > 20  # every release of the messages agreed on
    compiled.clear()
    instance_files["edigw.yaml"] += b"# seen\n"
    build(Generation.of(instance_files), strict=True)
    assert compiled == []


def test_a_map_that_was_right_and_is_no_more(instance_files):
    build(Generation.of(instance_files), strict=True)
    instance_files["partners/acme/maps/850.yaml"] = instance_files["partners/acme/maps/850.yaml"].replace(b"{into:", b"{inot:")
    assert any("inot" in one for one in mistakes(Generation.of(instance_files)))


def test_who_does_not_judge_keeps_no_compiled_map(instance_files):
    found = Generation.of(instance_files)
    assert not build(found, strict=True).library._programs
    assert not build(found).library._programs
    assert build(found, judges=True).library._programs
