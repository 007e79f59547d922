// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Tests.Support;

/// <summary>A test's own folder, gone with the test. Its name is short, for socket paths have at most 107 bytes.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("vd-").FullName;

    internal string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Names of what is in the folder.</summary>
    internal string[] Names => [.. Directory.GetFileSystemEntries(Path).Select(p => System.IO.Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    internal string MakeFifo(string name)
    {
        string path = At(name);
        Assert.Equal(0, Libc.mkfifo(path, 0x180 /* 0600 */));
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
