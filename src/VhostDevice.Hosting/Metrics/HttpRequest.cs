// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;

namespace VhostDevice.Hosting.Metrics;

/// <summary>The head of a request, as far as it matters here (RFC 9112 §3): one resource, no bodies.</summary>
/// <param name="Status">What to answer with: 200 when the resource is meant, otherwise what is wrong.</param>
/// <param name="WithBody">False for HEAD, whose answer is a head, too.</param>
internal readonly record struct HttpRequest(int Status, bool WithBody)
{
    internal const string Resource = "/metrics";

    private const string Scheme = "http://";

    /// <summary>Where the head ends, the blank line included; -1 when it goes on.</summary>
    internal static int EndOfHead(ReadOnlySpan<byte> received)
    {
        int crlf = received.IndexOf("\r\n\r\n"u8);
        // "A recipient MAY recognize a single LF as a line terminator."
        int lf = received.IndexOf("\n\n"u8);
        int crlfEnd = crlf < 0 ? int.MaxValue : crlf + 4;
        int lfEnd = lf < 0 ? int.MaxValue : lf + 2;
        int end = Math.Min(crlfEnd, lfEnd);
        return end == int.MaxValue ? -1 : end;
    }

    internal static HttpRequest Parse(ReadOnlySpan<byte> head)
    {
        int end = head.IndexOf((byte)'\n');
        string line = Encoding.Latin1.GetString(end < 0 ? head : head[..end]).TrimEnd('\r');
        string[] parts = line.Split(' ');
        if (parts.Length != 3 || parts[0].Length == 0 || parts[1].Length == 0)
            return new HttpRequest(400, WithBody: true);
        bool withBody = parts[0] != "HEAD";
        if (!parts[2].StartsWith("HTTP/", StringComparison.Ordinal))
            return new HttpRequest(400, withBody);
        if (parts[2] is not ("HTTP/1.0" or "HTTP/1.1"))
            return new HttpRequest(505, withBody);
        if (parts[0] is not ("GET" or "HEAD"))
            return new HttpRequest(405, withBody);
        return new HttpRequest(PathOf(parts[1]) == Resource ? 200 : 404, withBody);
    }

    // Clients that believe to speak to a proxy send the whole address.
    private static string PathOf(string target)
    {
        if (target.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            int slash = target.IndexOf('/', Scheme.Length);
            target = slash < 0 ? "/" : target[slash..];
        }

        int query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target[..query];
    }
}
