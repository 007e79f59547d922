// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Hosting.Control;

/// <summary>
/// Paths in a request to a running daemon, which stands in another folder than whoever asks (and whose sandbox forbids
/// it to ask where): they are made absolute before they are sent.
/// </summary>
public static class ClientPaths
{
    /// <summary>One path.</summary>
    public static string Absolute(string path) => path.Length == 0 ? path : Path.GetFullPath(path);

    /// <summary>The values of some keys in <c>KEY=VALUE[,KEY=VALUE]...</c>; everything else stays as it is.</summary>
    public static string Absolute(string text, params ReadOnlySpan<string> keys)
    {
        string[] parts = text.Split(',');
        for (int i = 0; i < parts.Length; i++)
        {
            int equals = parts[i].IndexOf('=', StringComparison.Ordinal);
            if (equals >= 0 && keys.Contains(parts[i][..equals].Trim().Replace('_', '-')))
                parts[i] = parts[i][..(equals + 1)] + Absolute(parts[i][(equals + 1)..]);
        }

        return string.Join(',', parts);
    }
}
