// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace VhostDevice.Architecture.Tests;

/// <summary>The C# in the README and in docs/ is what the sources understand: each block is compiled, as a file of its own.</summary>
public sealed partial class DocumentTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("samples-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Samples_compile()
    {
        List<string> files = [];
        foreach (string document in Documents())
        {
            foreach (Match block in Sample().Matches(File.ReadAllText(document)))
            {
                string file = Path.Combine(_folder.FullName, $"{Path.GetFileNameWithoutExtension(document)}-{files.Count}.cs");
                // Errors are reported in the document's lines.
                int line = File.ReadAllText(document)[..block.Groups[1].Index].Count(c => c == '\n') + 1;
                File.WriteAllText(file, $"#line {line} \"{document}\"\n{block.Groups[1].Value}");
                files.Add(file);
            }
        }

        Assert.NotEmpty(files);
        Assert.Equal("", Compile(files));
    }

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Path.Combine(ProjectTests.Root(), "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(ProjectTests.Root(), "README.md"));

    /// <summary>The control: a sample that is wrong is seen.</summary>
    [Fact]
    public void What_does_not_compile_is_seen()
    {
        string file = Path.Combine(_folder.FullName, "wrong.cs");
        File.WriteAllText(file, "class C : VhostDevice.Virtio.Devices.NoSuchDevice;");
        Assert.Contains("CS0234", Compile([file]), StringComparison.Ordinal);
    }

    // With the compiler of the SDK that built this.
    private string Compile(IEnumerable<string> files)
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string dotnet = Path.GetFullPath(Path.Combine(framework, "../../.."));
        string sdk = Directory.EnumerateDirectories(Path.Combine(dotnet, "sdk"), $"{Environment.Version.Major}.*")
            .Order(StringComparer.Ordinal)
            .Last();
        string usings = Path.Combine(_folder.FullName, "usings.cs");
        File.WriteAllText(usings, "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;");
        IEnumerable<string> references =
        [
            .. Directory.EnumerateFiles(framework, "System*.dll").Where(f => !f.EndsWith(".Native.dll", StringComparison.Ordinal)),
            .. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "floors"), "*.dll"),
        ];
        string response = Path.Combine(_folder.FullName, "arguments.rsp");
        File.WriteAllLines(response,
        [
            "-nologo", "-t:library", "-unsafe", "-nullable", "-nostdlib",
            $"-out:\"{Path.Combine(_folder.FullName, typeof(DocumentTests).Assembly.GetName().Name + ".dll")}\"",
            .. references.Select(f => $"-r:\"{f}\""), .. files.Append(usings).Select(f => $"\"{f}\""),
        ]);
        ProcessStartInfo start = new(
            Path.Combine(dotnet, "dotnet"),
            [Path.Combine(sdk, "Roslyn/bincore/csc.dll"), "@" + response])
        {
            RedirectStandardOutput = true,
        };
        using Process compiler = Process.Start(start)!;
        string said = compiler.StandardOutput.ReadToEnd();
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? "" : said;
    }

    [GeneratedRegex("^```csharp\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Sample();
}
