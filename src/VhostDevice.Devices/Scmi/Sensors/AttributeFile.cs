// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>
/// An attribute of sysfs: a file with one value, which is read and written from its start each time. It is opened before the
/// sandbox and stays open.
/// </summary>
internal sealed unsafe class AttributeFile : IDisposable
{
    private const int MostBytes = 64;

    private readonly OwnedFd _fd;

    private AttributeFile(OwnedFd fd) => _fd = fd;

    internal static Errno Open(string path, bool write, out AttributeFile? file)
    {
        Errno errno = Files.Open(path, write, nonBlocking: false, out OwnedFd? fd);
        file = errno.IsSuccess ? new AttributeFile(fd!) : null;
        return errno;
    }

    /// <summary>A file's text without blanks at its ends; null when there is no such file, or it cannot be read.</summary>
    internal static string? TextOf(string path)
    {
        if (Files.Open(path, write: false, nonBlocking: false, out OwnedFd? fd).IsError)
            return null;
        using (fd)
        {
            const int Most = 4096;
            byte[] bytes = new byte[Most];
            fixed (byte* p = bytes)
            {
                nint n = FileIo.Read(fd!.Fd, p, Most, out _);
                return n < 0 ? null : Encoding.UTF8.GetString(bytes, 0, (int)n).Trim();
            }
        }
    }

    /// <summary>A whole number.</summary>
    /// <returns>EINVAL when the text is none.</returns>
    internal Errno Read(out long value)
    {
        byte* bytes = stackalloc byte[MostBytes];
        value = 0;
        nint n = FileIo.PReadV(_fd.Fd, [new IoVec(bytes, MostBytes)], 0, out Errno errno);
        if (n < 0)
            return errno;
        ReadOnlySpan<byte> text = new(bytes, (int)n);
        return long.TryParse(text.Trim(" \n\t\0"u8), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            ? Errno.Success
            : Errno.EINVAL;
    }

    internal Errno Write(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        fixed (byte* p = bytes)
            return FileIo.PWriteV(_fd.Fd, [new IoVec(p, (nuint)bytes.Length)], 0, out Errno errno) < 0 ? errno : Errno.Success;
    }

    public void Dispose() => _fd.Dispose();
}
