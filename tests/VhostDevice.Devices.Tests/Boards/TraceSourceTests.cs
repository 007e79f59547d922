// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Recording;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>Records of a source's own.</summary>
public sealed class TraceSourceTests
{
    [Fact]
    public void A_record_may_cause_another_while_it_is_made() => Assert.Equal(
        ["# board test, second 0 is 2026-02-27T23:59:50.0000000Z", "0.000000000 size b 3", "0.000000000 size a 2"],
        Record((a, b) => a.Add(() => b.Add(null, 3), 2)));

    [Theory]
    [InlineData(0)]
    [InlineData(2000)]
    [InlineData(BoardRecorder.MaxRecord)]
    public void A_record_has_any_length_up_to_a_bound(int length) => Assert.Equal(
        [$"0.000000000 size a {length}"],
        Record((a, _) => a.Add(null, length)).Skip(1));

    [Theory]
    [InlineData(1)]
    [InlineData(BoardRecorder.Capacity)]
    public void A_longer_one_is_counted_as_missing(int more)
    {
        string[] lines = Record((a, _) =>
        {
            a.Add(null, BoardRecorder.MaxRecord + more);
            a.Add(null, 1);
        });
        Assert.Equal(["0.000000000 size a 1"], lines.Where(l => l[0] != '#'));
        Assert.Contains("# 1 events before this line were not recorded: the file was too slow", lines);
    }

    [Fact]
    public void Nothing_is_kept_while_nobody_records()
    {
        using Board board = new("test", new ManualTime());
        Sizes source = new(board, "a");
        Assert.False(source.IsRecording);
        source.Add(null, 1);
    }

    // But for the last line, which is the recording's end.
    private static string[] Record(Action<Sizes, Sizes> act)
    {
        using RecordedBoard recorded = new();
        Sizes a = new(recorded.Board, "a"), b = new(recorded.Board, "b");
        string path = recorded.Record("x.txt");
        act(a, b);
        string[] lines = recorded.LinesOf(path);
        Assert.Equal("0.000000000 end", lines[^1]);
        return lines[..^1];
    }

    /// <summary>Shows how long its records are.</summary>
    private sealed class Sizes(Board board, string name) : TraceSource(board, "size", name)
    {
        public override void Print(ReadOnlySpan<byte> record, StringBuilder line) =>
            line.Append(CultureInfo.InvariantCulture, $" {record.Length}");

        internal void Add(Action? meanwhile, int length)
        {
            Begin();
            if (length > 0)
                Put(0);
            meanwhile?.Invoke();
            Put(new byte[Math.Max(length - 1, 0)]);
            End();
        }
    }
}
