// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Linux.Tests;

internal sealed class TempFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vhost-device-");

    public void Dispose() => _folder.Delete(recursive: true);

    internal string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);
}
