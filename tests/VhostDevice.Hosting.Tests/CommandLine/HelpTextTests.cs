// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Hosting.Tests.CommandLine;

public sealed class HelpTextTests
{
    [Fact]
    public void A_whole_page() => Assert.Equal(
        """
        Serves something

        Usage:
          serve --socket PATH [options] FILE...

        Example:
          serve --socket /run/x a.img

        Arguments:
          FILE...  What is served

        Options:
          -s, --socket PATH  Where to listen
          --a-name-that-is-far-too-long FILE[,FILE...]
                             A text that does not fit one line any more, and goes on in
                             the second column
          --mode MODE        How it is served [default: slow]
          -n, --name NAME    A name; may be given several times
          -V, --version      Print the version
          -h, --help         Print this help

        """,
        HelpText.Of(new Serve(), "serve"));

    /// <summary>No text makes a line that is longer than a terminal, unless a single word is.</summary>
    [Fact]
    public void Lines_fit() => Gen.String[Gen.Char["abc"], 1, 12].Array[1, 40].Sample(words =>
    {
        string help = string.Join(' ', words);
        string[] lines = HelpText.Of(new Serve { Text = help }, "serve").Split('\n');
        Assert.All(
            lines,
            line =>
                Assert.True(
                    line.Length <= 80
                        || !line.Trim().Contains(' ', StringComparison.Ordinal)
                        || line.StartsWith("  -", StringComparison.Ordinal),
                    line));
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
    });

    private sealed class Serve : Command
    {
        internal string Text { get; init; } = "A text that does not fit one line any more, and goes on in the second column";

        public override string Name => "serve";

        public override string Purpose => "Serves something";

        public override IReadOnlyList<string> Examples => ["--socket /run/x a.img"];

        public override string UsualOptions => "--socket PATH";

        public override IReadOnlyList<Setting> Settings =>
        [
            new TextSetting("--socket", "-s", "PATH", "Where to listen"),
            new TextSetting("--a-name-that-is-far-too-long", null, "FILE[,FILE...]", Text),
            new ChoiceSetting("--mode", null, "MODE", "How it is served", ["slow", "fast"], byDefault: "slow"),
            new ListSetting("--name", "-n", "NAME", "A name"),
        ];

        public override IReadOnlyList<Positional> Words => [new("FILE", "What is served", least: 1, most: int.MaxValue)];
    }
}
