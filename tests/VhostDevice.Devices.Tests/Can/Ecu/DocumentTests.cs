// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text.RegularExpressions;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Tests.Boards;
using Xunit;

namespace VhostDevice.Devices.Tests.Can.Ecu;

/// <summary>What the documents and the samples show can be used as it stands there.</summary>
public sealed partial class DocumentTests
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ecus.md"));

    [Fact]
    public void The_example_is_a_board()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "car.dbc"), Block("dbc"));
            ManualTime time = new();
            using Board board = BoardFile.Parse(Block("yaml"), "ecus.md", folder.FullName, time);
            Assert.Equal("850", board.FindParameter("engine.EngineSpeed")!.Text);
            Assert.Equal("90", board.FindParameter("engine.CoolantTemperature")!.Text);
            Assert.Null(board.FindParameter("engine.EngineSpeed")!.TrySet("3000"));
            Assert.Equal("3000", board.FindParameter("engine.engine-speed")!.Text);
            Assert.Null(board.FindParameter("engine.Gear")!.TrySet("Drive"));
            Assert.Equal(0x10000, new FileInfo(Path.Combine(folder.FullName, "flash.bin")).Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_sample_is_a_board()
    {
        using Board board = BoardFile.Load(Path.Combine(AppContext.BaseDirectory, "car", "car.yaml"), new ManualTime());
        Assert.Equal("P0301 P0420:pending", board.FindParameter("engine.codes")!.Text);
        Assert.Equal("90", board.FindParameter("engine.coolant-temperature")!.Text);
    }

    [Fact]
    public void All_values_of_obd_are_listed() =>
        Assert.All(ObdValue.All, v => Assert.Contains($"`{v.Name}`", s_document, StringComparison.Ordinal));

    private static string Block(string language) =>
        Fence().Matches(s_document).Single(m => m.Groups[1].Value == language).Groups[2].Value;

    [GeneratedRegex("^```(\\w+)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
