// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Architecture.Tests.Circles;

/// <summary>Folders of an assembly use each other in one direction: one can be read before the other.</summary>
public class CircleTests
{
    public static TheoryData<string> Floors => [.. Floor.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Floors))]
    public void Folders_use_each_other_in_one_direction(string name)
    {
        FolderGraph graph = new(Read(Path.Combine(ProjectTests.Source, name)));
        List<string> expected = [.. Circle.Natural.Where(c => c.Assembly == name).Select(c => string.Join(", ", c.Folders))];
        List<string> seen = [];
        List<string> arrows = [];
        foreach (string[] circle in graph.Circles())
        {
            seen.Add(string.Join(", ", circle));
            if (!expected.Contains(seen[^1]))
                arrows.AddRange([seen[^1] + ":", .. graph.Describe(circle)]);
        }

        Assert.True(arrows.Count == 0, $"Circles of folders in {name}:\n{string.Join('\n', arrows)}");
        // One that is gone may not come back.
        Assert.Equal(expected.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_exception_has_its_reason()
    {
        Assert.All(Circle.Natural, c => Assert.NotEmpty(c.Reason));
        Assert.All(Circle.Natural, c => Assert.Contains(c.Assembly, Floor.All.Select(f => f.Name)));
    }

    /// <summary>The control: a circle is seen, however the type is named; what only looks like a name makes none.</summary>
    [Theory]
    [InlineData("using P.Up; class Low { Upper _up; }", true)]
    [InlineData("class Low : Up.Upper;", true)]
    [InlineData("class Low { object _up = typeof(P.Up.Upper); }", true)]
    [InlineData("using static P.Up.Upper; class Low;", true)]
    [InlineData("class Low { Upper _up; }", false)]
    [InlineData("using P.Up; // an Upper", false)]
    [InlineData("using P.Up; /// <see cref=\"Upper\"/>", false)]
    [InlineData("using P.Up; class Low { string _up = \"Upper\"; }", false)]
    [InlineData("using P.Up; class Low { int _up = this.Upper; }", false)]
    [InlineData("using P.Up; class Low { int Upper; }", false)]
    public void A_circle_is_seen(string low, bool isCircle)
    {
        string[] lines = low.Split(';', 2);
        string text = low.StartsWith("using", StringComparison.Ordinal)
            ? $"{lines[0]};\nnamespace P.Low;\n{lines[1].TrimStart()}"
            : $"namespace P.Low;\n{low}";
        FolderGraph graph = new(
        [
            new SourceFile("Low.cs", "Low", text),
            new SourceFile("Upper.cs", "Up", "using P.Low;\nnamespace P.Up;\npublic sealed class Upper(Low low)\n{\n}"),
            new SourceFile("Other.cs", "Other", "namespace P.Other;\ninternal enum Other { Low, Upper }"),
        ]);
        Assert.Equal(isCircle ? ["Low Up"] : [], graph.Circles().Select(c => string.Join(' ', c)));
    }

    private static List<SourceFile> Read(string project) =>
    [
        .. Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories)
            .Select(f => (File: f, Folder: Path.GetRelativePath(project, Path.GetDirectoryName(f)!)))
            .Where(f => f.Folder.Split('/')[0] is not ("obj" or "bin"))
            .Select(f => new SourceFile(Path.GetFileName(f.File), f.Folder, File.ReadAllText(f.File))),
    ];
}
