// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Rng;
using VhostDevice.Linux;
using VhostDevice.TestKit;

namespace VhostDevice.Devices.Tests.Rng;

/// <summary>A named pipe as random source, and its writers.</summary>
internal sealed partial class Fifo : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fifo-");
    private readonly string _path;

    internal Fifo()
    {
        _path = Path.Combine(_folder.FullName, "source");
        if (mkfifo(_path, 0x180) != 0) // 0600
            throw new IOException("mkfifo");
    }

    internal IEntropySource OpenSource(ILogger log)
    {
        IEntropySource made = Expect.Made(EntropySources.Open(_path, log, out IEntropySource? source), source);
        made.Start();
        return made;
    }

    /// <summary>A writer. The source must be open.</summary>
    internal OwnedFd OpenWriter() => Expect.Open(_path, write: true);

    public void Dispose() => _folder.Delete(recursive: true);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkfifo(string path, uint mode);
}
