// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Yaml;

/// <summary>Reads the text of a file that a user wrote, or of a pipe.</summary>
internal static class YamlText
{
    /// <summary>No such file needs more; one that goes on is the wrong one.</summary>
    private const int MaxBytes = 1 << 20;

    /// <param name="what">What the file is, for messages: "the board file".</param>
    /// <param name="whenMissing">What to say of a file that does not exist; null: what the kernel says.</param>
    /// <exception cref="YamlFileException">It cannot be read, or is too long.</exception>
    internal static string Read(string path, string what, string? whenMissing = null)
    {
        using StreamReader reader = new(new MemoryStream(ReadBytes(path, what, MaxBytes, whenMissing)));
        return reader.ReadToEnd();
    }

    /// <summary>The same as bytes, and with another bound.</summary>
    internal static byte[] ReadBytes(string path, string what, int maxBytes, string? whenMissing = null)
    {
        byte[] bytes = new byte[4096];
        int count = 0;
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            for (int n; (n = stream.Read(bytes, count, bytes.Length - count)) > 0;)
            {
                count += n;
                if (count > maxBytes)
                    throw new YamlFileException($"{what} {path} is too long: at most {maxBytes} bytes");
                if (count == bytes.Length)
                    Array.Resize(ref bytes, 2 * count);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // What the framework calls it is no text for people; the kernel's word is.
            Errno errno = Linux.Files.Open(path, write: false, nonBlocking: true, out OwnedFd? fd);
            fd?.Dispose();
            string why = errno == Errno.ENOENT && whenMissing is not null ? whenMissing
                : errno.IsError ? errno.Message
                : Directory.Exists(path) ? Errno.EISDIR.Message
                : "it is no ordinary file";
            throw new YamlFileException($"{what} {path} cannot be read: {why}", isUnreadable: true);
        }

        return bytes[..count];
    }
}
