// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using CsCheck;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Hosting.Tests.CommandLine;

public sealed class ParserTests
{
    private static readonly TextSetting s_path = new("--path", "-p", "PATH", "Where");
    private static readonly NumberSetting s_count = new("--count", "-c", "COUNT", "How many", from: 1, to: 9, byDefault: 3);
    private static readonly FlagSetting s_all = new("--all", "-a", "All of it");
    private static readonly FlagSetting s_both = new("--both", "-b", "Both of them");
    private static readonly ListSetting s_names = new("--name", "-n", "NAME", "A name");
    private static readonly ChoiceSetting s_mode = new("--mode", null, "MODE", "How", ["slow", "fast"], byDefault: "slow");
    private static readonly TextSetting s_needed = new("--needed", null, "TEXT", "What must be there") { IsRequired = true };

    private static readonly string[] s_words = ["-", "--", "-c", "-a", "-p", "--path", "--count=", "-n", "--mode", "x", "7", ""];

    [Fact]
    public void What_is_not_given_has_its_default()
    {
        Values values = Parse();
        Assert.Null(values[s_path]);
        Assert.Equal(3ul, values[s_count]);
        Assert.False(values[s_all]);
        Assert.Empty(values[s_names]);
        Assert.Equal("slow", values[s_mode]);
        Assert.False(values.Has(s_count));
    }

    [Theory]
    [InlineData("--path", "x", "--count", "4", "--all")]
    [InlineData("--path=x", "--count=4", "--all")]
    [InlineData("-p", "x", "-c", "4", "-a")]
    [InlineData("-px", "-c4", "-a")]
    [InlineData("-p=x", "-c=4", "-a")]
    [InlineData("-ac4", "-px")]
    [InlineData("-c", "4", "-ap", "x")]
    public void All_spellings_mean_the_same(params string[] args)
    {
        Values values = Parse(args);
        Assert.Equal(("x", 4ul, true), (values[s_path], values[s_count], values[s_all]));
    }

    [Fact]
    public void A_list_keeps_its_order() => Assert.Equal(["a", "b", "c"], Parse("-n", "a", "--name=b", "-nc")[s_names]);

    [Fact]
    public void Flags_may_stand_in_one_word()
    {
        Values values = Parse("-ab");
        Assert.True(values[s_all] && values[s_both]);
    }

    [Theory]
    [InlineData("there is no option '--nothing'", "--nothing")]
    [InlineData("there is no option '-x'", "-ax")]
    [InlineData("--path needs a value: PATH", "--path")]
    [InlineData("--path needs a value: PATH", "--path", "--all")]
    [InlineData("--path needs a value: PATH", "-p=")]
    [InlineData("--all takes no value", "--all=1")]
    [InlineData("--all takes no value", "-a=1")]
    [InlineData("--count is given twice", "-c1", "-c1")]
    [InlineData("--count 0 is not possible: 1 to 9", "-c0")]
    [InlineData("'x' is no number, which --count takes: 1 to 9", "-cx")]
    [InlineData("'quick' is no --mode: slow or fast", "--mode", "quick")]
    [InlineData("unexpected argument 'three'", "one", "two", "three")]
    public void Mistakes(string expected, params string[] args)
    {
        UsageException problem = Assert.Throws<UsageException>(() => Parse(args));
        Assert.Equal((expected, "program"), (problem.Message, problem.CommandPath));
    }

    [Fact]
    public void Commands_are_found_below_each_other()
    {
        Values values = CommandLineParser.Parse(new Root(), "program", ["below", "--needed", "x"]);
        Assert.Equal(("program below", "x"), (values.CommandPath, values[s_needed]));
        UsageException problem = Assert.Throws<UsageException>(() => CommandLineParser.Parse(new Root(), "program", ["below"]));
        Assert.Equal(("--needed TEXT is missing", "program below"), (problem.Message, problem.CommandPath));
        Assert.Equal("a command is missing: below", Assert.Throws<UsageException>(() => CommandLineParser.Parse(new Root(), "program", [])).Message);
        Assert.Equal(
            "there is no command 'x': below",
            Assert.Throws<UsageException>(() => CommandLineParser.Parse(new Root(), "program", ["x"])).Message);
    }

    [Fact]
    public void Behind_two_dashes_there_are_words_only() => Assert.Equal(["--all", "-c"], Parse("--", "--all", "-c").Words);

    [Fact]
    public void A_negative_number_is_a_word_where_words_are_expected() => Assert.Equal(["-5"], Parse("-5").Words);

    /// <summary>Whatever is written, there is a result or a message.</summary>
    [Fact]
    public void Any_words_at_all()
    {
        Gen<string> word = Gen.OneOf(Gen.Int[0, s_words.Length - 1].Select(static i => s_words[i]), Gen.String[0, 6]);
        word.Array[0, 8].Sample(args =>
        {
            try
            {
                Values values = Parse(args);
                Assert.InRange(values[s_count], 1ul, 9ul);
                Assert.InRange(values.Words.Count, 0, 2);
            }
            catch (UsageException problem)
            {
                Assert.NotEmpty(problem.Message);
            }
        });
    }

    private static Values Parse(params string[] args) => CommandLineParser.Parse(new Single(), "program", args);

    private sealed class Single : Command
    {
        public override string Name => "program";

        public override string Purpose => "Does something";

        public override IReadOnlyList<string> Examples => ["--all"];

        public override IReadOnlyList<Setting> Settings => [s_path, s_count, s_all, s_both, s_names, s_mode];

        public override IReadOnlyList<Positional> Words => [new("WORD", "A word", least: 0, most: 2)];
    }

    private sealed class Root : Command
    {
        public override string Name => "program";

        public override string Purpose => "Does nothing";

        public override IReadOnlyList<string> Examples => ["below --needed x"];

        public override bool RunsAlone => false;

        public override IReadOnlyList<Command> Commands => [new Below()];
    }

    private sealed class Below : Command
    {
        public override string Name => "below";

        public override string Purpose => "Does something below";

        public override IReadOnlyList<string> Examples => ["--needed x"];

        public override IReadOnlyList<Setting> Settings => [s_needed];
    }
}
