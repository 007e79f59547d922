// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Architecture.Tests;

/// <summary>What the source of boards says: a bus is a folder, and nothing else changes for it.</summary>
public class BoardTests
{
    private static readonly string s_boards = Path.Combine(ProjectTests.Root(), "src", "VhostDevice.Devices", "Boards");

    [Fact]
    public void Only_the_table_of_what_is_built_in_knows_the_buses()
    {
        string[] buses =
        [
            .. Directory.EnumerateFiles(s_boards, "*PortKind.cs", SearchOption.AllDirectories)
                .Select(FolderOf)
                .Where(f => f != "Files")
                .Distinct(),
        ];
        Assert.Contains("I2c", buses);
        Assert.Contains("Gpio", buses);
        // Chips are made for the bus that they sit on.
        IEnumerable<string> general = Directory.EnumerateFiles(s_boards, "*.cs", SearchOption.AllDirectories)
            .Where(f => FolderOf(f) is var folder && folder != "Models" && !buses.Contains(folder));
        Assert.Equal(
            ["BoardCatalogue.cs"],
            general.Where(f => buses.Any(bus => Knows(File.ReadAllText(f), bus))).Select(Path.GetFileName));
    }

    private static bool Knows(string source, string bus) =>
        source.Contains($"using VhostDevice.Devices.Boards.{bus};", StringComparison.Ordinal)
        || source.Contains($"using VhostDevice.Devices.{bus};", StringComparison.Ordinal);

    // A bus may have folders within its own.
    private static string FolderOf(string file) => Path.GetRelativePath(s_boards, file).Split('/')[0];
}
