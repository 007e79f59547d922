// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Program.Hosting;

/// <summary>The socket paths of a device that can serve several guests.</summary>
internal static class SocketPaths
{
    /// <summary>The text followed by 0, 1, …, whatever it ends with: "d/" gives "d/0".</summary>
    internal static string[] Appended(string basePath, uint count)
    {
        if (basePath.Length == 0)
            throw new StartupException("--socket-path '' has no file name: give the path of a socket", isUsage: true);
        return [.. Enumerable.Range(0, (int)count).Select(i => basePath + i.ToString(System.Globalization.CultureInfo.InvariantCulture))];
    }

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

    /// <summary>Checks what can be checked about the place before a socket is made there.</summary>
    internal static void RequireFolder(string basePath)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(basePath.TrimEnd('/')));
        if (folder is null || Directory.Exists(folder))
            return;
        throw new StartupException(File.Exists(folder)
            ? $"cannot listen on {basePath}: {folder} is no directory"
            : $"cannot listen on {basePath}: the directory {folder} does not exist");
    }
}
