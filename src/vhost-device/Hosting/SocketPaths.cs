// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Hosting;

/// <summary>The socket paths of a device that can serve several guests.</summary>
internal static class SocketPaths
{
    /// <summary>
    /// <paramref name="basePath"/> followed by 0, 1, … — always, even for one socket. A slash at the end does not
    /// count: "d/" gives "d0".
    /// </summary>
    internal static string[] Numbered(string basePath, uint count)
    {
        string path = basePath.TrimEnd('/');
        string name = Path.GetFileName(path);
        if (name is "" or "." or "..")
            throw new StartupException($"--socket-path '{basePath}' has no file name: give the path of a socket", isUsage: true);
        string[] paths = new string[count];
        for (uint i = 0; i < count; i++)
            paths[i] = path + i.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return paths;
    }
}
