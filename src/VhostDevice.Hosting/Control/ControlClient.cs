// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Hosting.Control;

/// <summary>Asks a <see cref="ControlSocket"/> once.</summary>
internal static class ControlClient
{
    /// <summary>Asks, and writes the answer line by line; with <paramref name="stay"/>, what comes after it as well, until the daemon ends.</summary>
    /// <param name="what">Who is asked, for messages.</param>
    /// <param name="hint">Another way to name the socket.</param>
    /// <exception cref="StartupException">There is nobody, or he refuses, or says nothing for half a minute.</exception>
    internal static int Ask(string what, string path, string request, bool stay, Action<string> write, string hint = "")
    {
        using ControlConnection connection = ControlConnection.Open(what, path, hint);
        if (connection.Ask(request, write) is { } refusal)
            throw new StartupException(refusal);
        while (stay && connection.ReadLine(forEver: true) is { } line)
        {
            if (line.StartsWith("- ", StringComparison.Ordinal))
                write(line[2..]);
        }

        return 0;
    }
}
