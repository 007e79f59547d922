// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>The ways to write an option, seen by the path that cannot be listened on or the source that cannot be opened.</summary>
public sealed class SpellingTests
{
    [Theory]
    [InlineData("/nonexistent/a", "--socket-path", "/nonexistent/a")]
    [InlineData("/nonexistent/a", "--socket-path=/nonexistent/a")]
    [InlineData("/nonexistent/a", "-s", "/nonexistent/a")]
    [InlineData("/nonexistent/a", "-s/nonexistent/a")]
    [InlineData("/nonexistent/a", "-s=/nonexistent/a")]
    [InlineData("=/nonexistent/a", "-s==/nonexistent/a")]
    [InlineData("=/nonexistent/a", "-s", "=/nonexistent/a")]
    [InlineData(":/nonexistent/a", "-s:/nonexistent/a")]
    [InlineData("/nonexistent/a=b:c", "--socket-path=/nonexistent/a=b:c")]
    [InlineData("/nonexistent/a:b=c", "-s/nonexistent/a:b=c")]
    [InlineData("/nonexistent/a b", "-s", "/nonexistent/a b")]
    [InlineData("\"/nonexistent/a\"", "-s", "\"/nonexistent/a\"")]
    [InlineData("@/nonexistent/a", "-s", "@/nonexistent/a")]
    [InlineData("@/nonexistent/a", "-s@/nonexistent/a")]
    [InlineData("[suggest]/a", "-s", "[suggest]/a")]
    [InlineData("-c/a", "--socket-path=-c/a")]
    [InlineData("-c/a", "-s=-c/a")]
    [InlineData("c5/mf", "-sc5/mf")]
    [InlineData("rng/probe", "-s", "rng/probe")]
    [InlineData("/nonexistent/ä", "-s", "/nonexistent/ä")]
    [InlineData("/nonexistent/a", "-c1", "-m=5", "-p7", "-f", "/dev/zero", "-s/nonexistent/a", "--")]
    public void Of_the_path(string path, params string[] arguments)
    {
        string expected = $"cannot listen on {path}0: the directory ";
        Assert.StartsWith("vhost-device-rng: " + expected, Command.Rng(arguments).RuntimeError(), StringComparison.Ordinal);
        Assert.StartsWith("vhost-device: " + expected, Command.Program(["rng", .. arguments]).RuntimeError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rng", "-f", "rng")]
    [InlineData("-V", "-f=-V")]
    [InlineData("-", "-f", "-")]
    [InlineData("-", "-f-")]
    [InlineData("probe", "--rng-source", "probe")]
    public void Of_the_source(string source, params string[] arguments)
    {
        string expected = $"the random source {source} cannot be opened: No such file or directory";
        Assert.Equal("vhost-device: " + expected, Command.Program(["rng", "-s", "/nonexistent/a", .. arguments]).RuntimeError());
    }
}
