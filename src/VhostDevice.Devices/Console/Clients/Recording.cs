// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics;
using System.Globalization;
using System.Text;
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Console.Clients;

/// <summary>
/// What a terminal showed, as a recording of asciinema (asciicast, version 2): a line of JSON that says the size, then one for
/// each piece of output with the seconds since the start.
/// </summary>
internal sealed class Recording : IDisposable
{
    private readonly OwnedFd _file;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    private Recording(OwnedFd file) => _file = file;

    /// <exception cref="StartupException">The file cannot be written.</exception>
    internal static Recording Create(string path, WindowSize size)
    {
        Errno errno = Files.Create(path, out OwnedFd? file);
        if (errno.IsError)
            throw new StartupException($"{path} cannot be written: {errno}");
        Recording made = new(file!);
        made.Put(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"version\": 2, \"width\": {Width(size)}, \"height\": {Height(size)}, \"timestamp\": {Now}}}\n"));
        return made;
    }

    internal void Output(ReadOnlySpan<byte> bytes)
    {
        // A character may come in two pieces.
        char[] characters = new char[_decoder.GetCharCount(bytes, flush: false)];
        int count = _decoder.GetChars(bytes, characters, flush: false);
        if (count > 0)
            Event('o', Quoted(characters.AsSpan(0, count)));
    }

    internal void Resized(WindowSize size) => Event('r', $"\"{Width(size)}x{Height(size)}\"");

    public void Dispose() => _file.Dispose();

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private static int Width(WindowSize size) => size.Columns == 0 ? 80 : size.Columns;

    private static int Height(WindowSize size) => size.Rows == 0 ? 24 : size.Rows;

    private void Event(char kind, string data) => Put(string.Create(
        CultureInfo.InvariantCulture,
        $"[{Stopwatch.GetElapsedTime(_start).TotalSeconds:f6}, \"{kind}\", {data}]\n"));

    private static string Quoted(ReadOnlySpan<char> text)
    {
        StringBuilder quoted = new("\"");
        foreach (char c in text)
        {
            if (c is '"' or '\\')
                quoted.Append('\\').Append(c);
            else if (c < ' ' || c == 0x7F)
                quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else
                quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    private unsafe void Put(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* p = bytes)
        {
            for (int at = 0; at < bytes.Length;)
            {
                nint n = FileIo.Write(_file.Fd, p + at, (nuint)(bytes.Length - at), out Errno errno);
                if (n <= 0)
                    throw new StartupException($"the recording cannot be written: {errno}");
                at += (int)n;
            }
        }
    }
}
