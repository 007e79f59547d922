// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Images;

/// <summary>The files that an image's text names.</summary>
public static class ImagePaths
{
    private static readonly string[] s_keys = ["path", "reservations", "modes"];

    /// <summary>Makes all paths of a text absolute, for a daemon that has another working folder.</summary>
    /// <param name="folder">What they are relative to; absolute.</param>
    /// <param name="problem">Why not, for people, when the result is null.</param>
    public static string? MakeAbsolute(string text, string folder, out string problem)
    {
        problem = "";
        if (text.AsSpan().ContainsAny('\n', '\r', '\0'))
        {
            problem = "a name with a line break or a null character in it cannot be sent to a daemon: rename the file, or make a link to it";
            return null;
        }

        if (!ImageText.IsList(text))
            return Path.IsPathRooted(text) ? text : Path.Join(folder, text);
        List<string> words = [];
        foreach (string word in ImageText.Split(text))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string value = equals < 0 ? "" : word[(equals + 1)..];
            string made = value.Length > 0 && Array.IndexOf(s_keys, word[..equals]) >= 0 && !Path.IsPathRooted(value)
                ? $"{word[..equals]}={Path.Join(folder, value)}"
                : word;
            words.Add(made.Replace(",", ",,", StringComparison.Ordinal));
        }

        return string.Join(',', words);
    }

    /// <summary>The first file of an image whose path is not absolute, or null.</summary>
    public static string? FirstRelative(ImageText image)
    {
        foreach (string? path in (ReadOnlySpan<string?>)[image.Path, image.Reservations, image.Modes])
        {
            if (path is not null && !Path.IsPathRooted(path))
                return path;
        }

        return null;
    }
}
