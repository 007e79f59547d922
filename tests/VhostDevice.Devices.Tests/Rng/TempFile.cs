// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Tests.Rng;

/// <summary>A file that exists for one test.</summary>
internal sealed class TempFile : IDisposable
{
    internal TempFile(byte[] content) => File.WriteAllBytes(Path, content);

    internal string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());

    internal void Append(byte[] content)
    {
        using FileStream stream = new(Path, FileMode.Append);
        stream.Write(content);
    }

    public void Dispose() => File.Delete(Path);
}
