import io

from mrt_studio.session.terminal import TerminalReport, table


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_a_file_gets_lines_and_no_bars():
    stream = io.StringIO()
    report = TerminalReport(stream)
    report.log("Load …")
    for done in range(4):
        report.progress(done, 3, f"batch {done}")
    report.log("Done")
    report.close()
    assert stream.getvalue() == "Load …\nDone\n"


def test_a_terminal_gets_one_bar_that_redraws_itself():
    stream = Screen()
    report = TerminalReport(stream)
    report.progress(0, 4, "one")
    report.progress(1, 4, "too soon to be drawn")
    report.progress(4, 4, "done")
    report.log("Quantize …")
    report.progress(0, 0, "nothing to count")
    report.close()
    report.close()
    lines = stream.getvalue().split("\n")
    assert len(lines) == 4
    frames = lines[0].split("\r\x1b[K")
    assert [frame.count("#") for frame in frames] == [0, 0, 30]
    assert frames[-1].endswith("] done")
    assert lines[1] == "Quantize …"
    assert lines[3] == ""


def test_the_table_shows_every_figure():
    summary = {"operators": 12345, "input_shape": [1, 3, 8, 8], "kinds": {"relu": 2, "sum": 1}, "notes": ["first", "second"], "none": [], "sqnr": 31.10611864}
    text = table({"quantize": {"seconds": 1.5, "folder": "p/quantize-1", "summary": summary}})
    assert text.splitlines() == [
        "quantize       1.50 s  p/quantize-1",
        "  operators          12,345",
        "  input shape        1 x 3 x 8 x 8",
        "  kinds              relu 2, sum 1",
        "  notes              first",
        "  notes              second",
        "  sqnr               31.1061",
    ]


def test_the_table_of_nothing_is_empty():
    assert table({}) == ""
