// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text.Json;

namespace VhostDevice.Program.Tests.CommandLine;

/// <summary>The table of the devices, and what is written by hand beside it.</summary>
public sealed class DescribeTests
{
    public static TheoryData<string> Devices => [.. ProgramFile.Devices];

    [Fact]
    public void Each_device_has_its_link_and_its_job_and_its_page()
    {
        Assert.NotEmpty(ProgramFile.Devices);
        Assert.All(ProgramFile.Devices, name =>
        {
            Assert.True(File.Exists($"{ProgramFile.Path}-{name}"), $"out/vhost-device-{name}");
            Assert.True(File.Exists(Page(name)), $"docs/devices/{name}.md");
        });
        Assert.All(ProgramFile.DevicesOfGuests, name => Assert.True(File.Exists(InRepository("lab", "jobs", name)), $"lab/jobs/{name}"));
        Assert.Equal(["template"], ProgramFile.Devices.Except(ProgramFile.DevicesOfGuests));
    }

    [Fact]
    public void Json_tells_what_help_shows()
    {
        using JsonDocument json = JsonDocument.Parse(string.Join('\n', Command.Program("describe").Success()));
        Assert.Equal(ProgramFile.Devices, json.RootElement.EnumerateArray().Select(d => d.GetProperty("name").GetString()!));
        JsonElement rng = Assert.Single(json.RootElement.EnumerateArray(), d => d.GetProperty("name").GetString() == "rng");
        Assert.Equal(4, rng.GetProperty("virtioId").GetInt32());
        Assert.Equal("rng", rng.GetProperty("type").GetString());
        JsonElement period = Assert.Single(rng.GetProperty("options").EnumerateArray(), o => o.GetProperty("name").GetString() == "--period");
        Assert.Equal(
            ["--period", "-p", "MILLISECONDS", "65536", "milliseconds"],
            new[] { "name", "alias", "value", "default", "unit" }.Select(n => period.GetProperty(n).GetString()));
        Assert.Equal([1, 65536], new[] { "from", "to" }.Select(n => period.GetProperty(n).GetInt32()));
        string help = string.Join(' ', Command.Rng("--help").Success().Select(l => l.Trim()));
        Assert.All(
            rng.GetProperty("options").EnumerateArray(),
            o => Assert.Contains(o.GetProperty("help").GetString()!, help, StringComparison.Ordinal));
    }

    /// <summary>The page of a device has the table of its options as the program prints it.</summary>
    [Theory]
    [MemberData(nameof(Devices))]
    public void A_page_has_the_table_of_options(string device) => AssertTable(Page(device), "describe", "--format", "markdown", device);

    [Fact]
    public void The_options_of_all_devices_have_a_table() => AssertTable(InRepository("docs", "operating.md"), "describe", "--format", "common");

    [Fact]
    public void A_device_that_there_is_not() =>
        Assert.Equal("vhost-device: there is no device 'gpu'", Command.Program("describe", "gpu").UsageError());

    private static void AssertTable(string page, params string[] command)
    {
        string table = string.Join('\n', Command.Program(command).Success());
        Assert.True(
            File.ReadAllText(page).Contains(table, StringComparison.Ordinal),
            $"{page} must have the table that 'vhost-device {string.Join(' ', command)}' prints:\n{table}");
    }

    private static string Page(string device) => InRepository("docs", "devices", device + ".md");

    private static string InRepository(params string[] path) => Path.Combine([ProgramFile.Repository, .. path]);
}
