// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Sockets;

/// <summary>Paths of sockets, and what can be said of them.</summary>
/// <remarks>
/// Nothing here asks where the program stands (getcwd): sockets are made inside the sandbox, too, which forbids that.
/// </remarks>
internal static class SocketPaths
{
    /// <summary>The text followed by 0, 1, …, whatever it ends with: "d/" gives "d/0".</summary>
    internal static string[] Appended(string basePath, uint count)
    {
        if (basePath.Length == 0)
            throw new StartupException("--socket-path '' has no file name: give the path of a socket", isUsage: true);
        return Counted(basePath, count);
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
        return Counted(path, count);
    }

    /// <summary>Checks what can be checked about the place before a socket is made there.</summary>
    /// <exception cref="StartupException">There is no such folder.</exception>
    internal static void RequireFolder(string basePath)
    {
        string folder = FolderOf(basePath.TrimEnd('/'));
        Errno errno = Files.Stat(folder, out FileFacts facts);
        if (errno.IsSuccess && facts.Kind == FileKind.Directory)
            return;
        throw new StartupException(errno.IsSuccess
            ? $"cannot listen on {basePath}: {folder} is no directory"
            : $"cannot listen on {basePath}: the directory {folder} does not exist");
    }

    /// <summary>The folder that a path is in; "." for a bare name.</summary>
    internal static string FolderOf(string path) => Path.GetDirectoryName(path) switch
    {
        null => "/",
        "" => ".",
        { } folder => folder,
    };

    /// <summary>Whether two paths name the same file, as far as their text shows it.</summary>
    internal static bool IsSame(string one, string other) => Plain(one) == Plain(other);

    /// <summary>Says why nobody can listen at a path.</summary>
    internal static string Explain(string path, string option, SocketAccess? access, Errno errno)
    {
        string folder = FolderOf(path);
        if (errno == Errno.ENOENT)
            return $"cannot listen on {path}: the directory {folder} does not exist";
        if (errno == Errno.EACCES)
            return $"cannot listen on {path}: no permission to write to {folder}";
        if (errno == Errno.EADDRINUSE)
            return $"{path} exists and cannot be replaced: remove it or choose another {option}";
        if (errno == Errno.ENAMETOOLONG)
            return $"cannot listen on {path}: a socket path has at most {UnixSocket.MaxPathBytes} bytes";
        if (errno == Errno.EPERM && access?.Group is { } group)
            return $"{path} cannot be given to group {group}: only root, or a user who is in that group, can do so";
        return $"cannot listen on {path}: {errno}";
    }

    private static string[] Counted(string path, uint count)
    {
        string[] paths = new string[count];
        for (uint i = 0; i < count; i++)
            paths[i] = path + i.ToString(CultureInfo.InvariantCulture);
        return paths;
    }

    private static string Plain(string path)
    {
        while (path.Contains("//", StringComparison.Ordinal))
            path = path.Replace("//", "/", StringComparison.Ordinal);
        path = path.Replace("/./", "/", StringComparison.Ordinal);
        return path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
    }
}
